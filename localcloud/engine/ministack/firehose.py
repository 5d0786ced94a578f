"""What the engine reads and patches of MiniStack's `services.firehose`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Patch
from localcloud.engine.ministack.types import Handler, Record


class Firehose(Facade, module="ministack.services.firehose"):
    """MiniStack's `services.firehose`."""

    handle_request: Patch[Handler] = Patch("handle_request", "streams.installing", "durable.requests")
    ingest_from_kinesis_source: Patch[Callable[[str, list[Record]], None]] = Patch(
        "ingest_from_kinesis_source", "streams.installing"
    )


firehose = Firehose()
