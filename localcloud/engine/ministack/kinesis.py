"""What the engine reads and patches of MiniStack's `services.kinesis`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from localcloud.engine.ministack.facade import Facade, Patch
from localcloud.engine.ministack.types import Handler, PolicyOf, Record


class Kinesis(Facade, module="ministack.services.kinesis"):
    """MiniStack's `services.kinesis`."""

    resolve_stream_by_arn: Patch[Callable[[str], Record | None]] = Patch(
        "_resolve_stream_by_arn", "streams.neighbours"
    )
    streams: Patch[Mapping[str, Record]] = Patch("_streams", "streams.neighbours")
    get_state: Patch[Callable[[], Record]] = Patch("get_state", "streams.neighbours")
    handle_request: Patch[Handler] = Patch("handle_request", "streams.installing", "durable.requests")
    load_persisted_state: Patch[Callable[[Record], None]] = Patch(
        "load_persisted_state", "streams.neighbours"
    )
    put_record_internal: Patch[Callable[[str, str, bytes], bool]] = Patch(
        "put_record_internal", "streams.neighbours"
    )
    reset: Patch[Callable[[], None]] = Patch("reset", "streams.neighbours")
    stream_policy_for_arn: Patch[PolicyOf] = Patch("stream_policy_for_arn", "streams.neighbours")


kinesis = Kinesis()
