"""What the engine reads of MiniStack's `core.router`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record


class Router(Facade, module="ministack.core.router"):
    """MiniStack's `core.router`."""

    detect_service: Name[Callable[[str, str, Record, Record], str]] = Name("detect_service")
    is_aws_service_name: Patch[Callable[[str], bool]] = Patch("_is_aws_service_name", "unserved")


router = Router()
