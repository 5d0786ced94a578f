"""What others use of Firehose."""

from __future__ import annotations

from localcloud.streams.firehose.buffers import Clock, LoopClock
from localcloud.streams.firehose.changes import checked_creation
from localcloud.streams.firehose.conversion import Conversion
from localcloud.streams.firehose.errors import FirehoseError, InvalidArgument
from localcloud.streams.firehose.interfaces import CallFailed, Converted, StreamServices
from localcloud.streams.firehose.keeping import Keeping
from localcloud.streams.firehose.service import FirehoseService
from localcloud.streams.firehose.shapes import typed
from localcloud.streams.firehose.stream import Around

__all__ = [
    "Around",
    "CallFailed",
    "Clock",
    "Conversion",
    "Converted",
    "FirehoseError",
    "FirehoseService",
    "InvalidArgument",
    "Keeping",
    "LoopClock",
    "StreamServices",
    "checked_creation",
    "typed",
]
