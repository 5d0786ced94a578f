"""What the engine reads and patches of MiniStack's `services.cloudformation.drift`."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.facade import Facade, Name


class Drift(Facade, module="ministack.services.cloudformation.drift"):
    """MiniStack's `services.cloudformation.drift`."""

    drift_readers: Name[dict[str, Any]] = Name("_DRIFT_READERS")


drift = Drift()
