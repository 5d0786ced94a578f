"""What the engine reads and patches of MiniStack's `services.pipes`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response, Store


class Pipes(Facade, module="ministack.services.pipes"):
    """MiniStack's `services.pipes`."""

    create_pipe: Patch[Callable[[str, Record], Response]] = Patch("_create_pipe", "pipes.adapter")
    delete_pipe_op: Patch[Callable[[str], Response]] = Patch("_delete_pipe_op", "pipes.adapter")
    describe_response: Patch[Callable[[Record], Record]] = Patch("_describe_response", "pipes.adapter")
    ensure_poller: Patch[Callable[[], None]] = Patch("_ensure_poller", "pipes.adapter")
    set_state: Patch[Callable[[str, str], Response]] = Patch("_set_state", "pipes.adapter")
    update_pipe: Patch[Callable[[str, Record], Response]] = Patch("_update_pipe", "pipes.adapter")

    error: Name[Callable[[int, str, str], Response]] = Name("_error")
    pipes: Name[Store] = Name("_pipes")


pipes = Pipes()
