"""What the engine reads and patches of MiniStack's `services.tagging`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name


class Tagging(Facade, module="ministack.services.tagging"):
    """MiniStack's `services.tagging`."""

    resource_tags: Name[Callable[[str], Any]] = Name("resource_tags")


tagging = Tagging()
