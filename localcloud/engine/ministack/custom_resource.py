"""What the engine reads and patches of MiniStack's `services.cloudformation.custom_resource`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record


class Waiting(Protocol):
    """What a custom resource's answer is waited for with."""

    def set(self) -> None:
        """Let the waiting end."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait, and say whether the answer has come."""


class CustomResource(Facade, module="ministack.services.cloudformation.custom_resource"):
    """MiniStack's `services.cloudformation.custom_resource`."""

    register_token: Patch[Callable[[str], Waiting]] = Patch(
        "register_token", "cloudformation.custom_resources"
    )

    lock: Name[AbstractContextManager[bool]] = Name("_lock")
    pending: Name[dict[str, Record]] = Name("_pending")
    deliver_response: Name[Callable[[str, Record], bool]] = Name("deliver_response")


custom_resource = CustomResource()
