"""The documents that Firehose writes for records that it could not process or convert."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from localcloud.streams.firehose.conversion import Conversion
from localcloud.streams.firehose.records import Failure

PROCESSING: Final = "processing-failed"
CONVERSION: Final = "format-conversion-failed"
PARTITIONS: Final = "activePartitionExceeded"


def document(failure: Failure, ended: float, conversion: Conversion | None) -> bytes:
    """Return the line that describes a failure.

    Parameters
    ----------
    ended
        When the last attempt ended, in seconds since 1970.

    Notes
    -----
    "Handle failure in data transformation" and "Handling errors for data format conversion" have the forms.
    """
    record = failure.record
    members: dict[str, Any] = {
        "attemptsMade": failure.attempts,
        "arrivalTimestamp": int(record.arrived * 1000),
    }
    raw = base64.b64encode(record.original).decode()
    if failure.kind == CONVERSION:
        members |= {
            "lastErrorCode": failure.code,
            "lastErrorMessage": failure.message,
            "attemptEndingTimestamp": int(ended * 1000),
            "rawData": raw,
            "sequenceNumber": record.sequence or None,
            "subSequenceNumber": None,
            "dataCatalogTable": _table(conversion),
        }
    else:
        members |= {
            "errorCode": failure.code,
            "errorMessage": failure.message,
            "attemptEndingTimestamp": int(ended * 1000),
            "rawData": raw,
        }
        if failure.function:
            members["lambdaArn"] = failure.function
    return json.dumps(members, separators=(",", ":")).encode() + b"\n"


def _table(conversion: Conversion | None) -> dict[str, str | None] | None:
    if conversion is None:
        return None
    return {
        "catalogId": conversion.catalogue or None,
        "databaseName": conversion.database,
        "tableName": conversion.table,
        "region": conversion.region or None,
        "versionId": conversion.version,
        "catalogArn": None,
    }
