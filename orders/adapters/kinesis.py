"""Kinesis by signed POSTs: what fan-out needs, without boto3.

Source of the protocol: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from orders.adapters.endpoints import service_endpoint
from orders.adapters.http import HttpPool
from orders.adapters.signing import Role, Signer
from orders.errors import PublishFailed

RECORDS: Final = 500
"""The most that PutRecords takes."""

_HEADERS: Final = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "Kinesis_20131202.PutRecords",
}
_LARGEST: Final = 1024 * 1024


class StreamRecord(NamedTuple):
    """What is put on a stream; records with the same key keep their order."""

    partition_key: str
    data: bytes


class KinesisStream:
    """One stream. Threads may share it.

    Parameters
    ----------
    name : str
        The stream's.
    region : str
        That it is in; ``AWS_ENDPOINT_URL`` leads elsewhere.
    role : Role, optional
        Who signs.
    """

    def __init__(
        self, name: str, region: str, role: Role | None = None, *, endpoint: str | None = None
    ) -> None:
        self._name = name
        self._pool = HttpPool(endpoint or service_endpoint("kinesis", region), largest=_LARGEST)
        self._url = f"{self._pool.origin}{self._pool.path}"
        self._signer = Signer("kinesis", region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._signer.prepare()

    def put(self, records: Sequence[StreamRecord], *, deadline: float) -> Mapping[int, PublishFailed]:
        """Put up to 500 records before `deadline`, and return why some were refused, by their places.

        Raises
        ------
        PublishFailed, PublishLate
            None was taken, or it is unknown.
        """
        entries = [
            {"PartitionKey": record.partition_key, "Data": base64.b64encode(record.data).decode()}
            for record in records
        ]
        document = {"StreamName": self._name, "Records": entries}
        body = json.dumps(document, separators=(",", ":")).encode()
        answer = self._pool.post(body, self._signer.sign(self._url, body, _HEADERS), deadline=deadline)
        try:
            parsed = json.loads(answer.body)
        except ValueError:
            parsed = None
        results = parsed.get("Records") if answer.status == 200 and isinstance(parsed, dict) else None
        if not isinstance(results, list) or len(results) != len(records):
            raise PublishFailed(f"Kinesis answered {answer.status}: {answer.body[:200]!r}")
        return {
            place: PublishFailed(f"Kinesis: {result.get('ErrorCode')}: {result.get('ErrorMessage')}")
            for place, result in enumerate(results)
            if not result.get("SequenceNumber")
        }

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()
