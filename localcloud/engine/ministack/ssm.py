"""What the engine reads and patches of MiniStack's `services.ssm`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Patch
from localcloud.engine.ministack.types import Record, Response


class SSM(Facade, module="ministack.services.ssm"):
    """MiniStack's `services.ssm`."""

    put_parameter: Patch[Callable[[Record], Response]] = Patch("_put_parameter", "ssm.published")
    reserved_name_error: Patch[Callable[[str], Response]] = Patch("_reserved_name_error", "ssm.published")


ssm = SSM()
