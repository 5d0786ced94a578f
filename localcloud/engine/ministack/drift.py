"""What the engine reads and patches of MiniStack's `services.cloudformation.drift`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Record


class Drift(Facade, module="ministack.services.cloudformation.drift"):
    """MiniStack's `services.cloudformation.drift`."""

    drift_readers: Name[dict[str, tuple[Callable[..., Record | None], frozenset[str]]]] = Name(
        "_DRIFT_READERS"
    )


drift = Drift()
