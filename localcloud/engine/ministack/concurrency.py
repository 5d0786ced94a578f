"""What the engine reads and patches of MiniStack's `core.concurrency`."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from localcloud.engine.ministack.facade import Facade, Name


class Concurrency(Facade, module="ministack.core.concurrency"):
    """MiniStack's `core.concurrency`."""

    spawn_background: Name[Callable[..., Thread]] = Name("spawn_background")


concurrency = Concurrency()
