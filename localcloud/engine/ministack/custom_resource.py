"""What the engine reads and patches of MiniStack's `services.cloudformation.custom_resource`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record


class CustomResource(Facade, module="ministack.services.cloudformation.custom_resource"):
    """MiniStack's `services.cloudformation.custom_resource`."""

    register_token: Patch[Callable[[str], Any]] = Patch("register_token", "cloudformation.custom_resources")

    lock: Name[AbstractContextManager[Any]] = Name("_lock")
    pending: Name[dict[str, Any]] = Name("_pending")
    deliver_response: Name[Callable[[str, Record], bool]] = Name("deliver_response")


custom_resource = CustomResource()
