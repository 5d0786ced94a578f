"""What the engine reads and patches of MiniStack's `services.cloudformation.stacks`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from logging import Logger
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response


class Stacks(Facade, module="ministack.services.cloudformation.stacks"):
    """MiniStack's `services.cloudformation.stacks`."""

    delete_resource: Patch[Callable[..., None]] = Patch("_delete_resource", "cloudformation.nested")
    runs_on_worker_thread: Patch[Callable[[str], bool]] = Patch(
        "_runs_on_worker_thread", "appsync.addresses", "appsync.event_addresses"
    )
    update_keeping_seed: Patch[Callable[..., Any]] = Patch("_update_keeping_seed", "cloudformation.nested")
    run_reentrant: Patch[Callable[..., Awaitable[Response]]] = Patch("run_reentrant", "cloudformation.nested")

    add_event: Name[Callable[..., None]] = Name("_add_event")
    delete_stack_async: Name[Callable[..., Awaitable[None]]] = Name("_delete_stack_async")
    deploy_stack_async: Name[Callable[..., Awaitable[None]]] = Name("_deploy_stack_async")
    failed_operation: Name[Callable[..., Record]] = Name("_failed_operation")
    roll_back_operation: Name[Callable[..., Awaitable[None]]] = Name("_roll_back_operation")
    logger: Name[Logger] = Name("logger")


stacks = Stacks()
