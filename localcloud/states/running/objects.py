"""Objects in S3, which distributed Maps read their items from and write their results to.

Tasks call S3 by way of the integrations; those end at 256 KiB and read everything as text, which
holds for neither a data set nor its compressed form.
"""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from localcloud.states.integrations.transport import TaskReply, Transport
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json

# What a list request may narrow down, by the names of its query.
_QUERY: Final = {
    "Prefix": "prefix",
    "Delimiter": "delimiter",
    "StartAfter": "start-after",
    "MaxKeys": "max-keys",
    "ContinuationToken": "continuation-token",
}


@dataclass(frozen=True)
class Objects:
    """The objects of S3.

    Attributes
    ----------
    transport
        Carries the requests.
    error
        The name of the error that a refusal by S3 ends in.
    """

    transport: Transport
    error: str

    async def read(
        self, bucket: str, key: str, version: str | None = None, owner: str | None = None
    ) -> bytes:
        """Return an object's content.

        Raises
        ------
        StatesError
            S3 refuses, or there is no such object.
        """
        query = {} if version is None else {"versionId": version}
        reply = await self._send("GetObject", "GET", _path(bucket, key, query), owner=owner)
        return reply.body

    async def write(self, bucket: str, key: str, content: bytes, owner: str | None = None) -> None:
        """Write an object.

        Raises
        ------
        StatesError
            S3 refuses.
        """
        headers = {"Content-Type": "application/json"}
        await self._send("PutObject", "PUT", _path(bucket, key), owner=owner, headers=headers, body=content)

    async def list(
        self, arguments: Mapping[str, Json], owner: str | None = None
    ) -> AsyncIterator[list[Json]]:
        """Yield what a bucket lists, page by page, in the form of a Map's items.

        Raises
        ------
        StatesError
            S3 refuses.
        """
        query = {
            _QUERY[name]: str(value)
            for name, value in arguments.items()
            if name in _QUERY and value is not None
        }
        while True:
            path = _path(arguments["Bucket"], "", {"list-type": "2", **query})
            reply = await self._send("ListObjectsV2", "GET", path, owner=owner)
            page = ET.fromstring(reply.body)  # noqa: S314 - the answer of our own service
            yield [_listed(entry) for entry in page.iterfind("{*}Contents")]
            token = page.findtext("{*}NextContinuationToken")
            if page.findtext("{*}IsTruncated") != "true" or not token:
                return
            query["continuation-token"] = token

    async def _send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        owner: str | None,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> TaskReply:
        headers = headers or {}
        if owner is not None:
            headers["x-amz-expected-bucket-owner"] = owner
        try:
            reply = await self.transport.send(
                "s3", operation, method=method, path=path, headers=headers, body=body
            )
        except StatesError as fault:
            raise StatesError(self.error, fault.cause) from fault
        if reply.status >= 300:
            raise StatesError(self.error, _refusal(reply))
        return reply


def _path(bucket: str, key: str = "", query: Mapping[str, str] | None = None) -> str:
    path = f"/{quote(bucket, safe='')}"
    if key:
        path += f"/{quote(key, safe='/~')}"
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path


def _listed(entry: ET.Element) -> Json:
    moment = datetime.fromisoformat(entry.findtext("{*}LastModified", "1970-01-01T00:00:00Z"))
    return {
        # AWS spells it so here, unlike S3.
        "Etag": entry.findtext("{*}ETag", ""),
        "Key": entry.findtext("{*}Key", ""),
        "LastModified": int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()),
        "Size": int(entry.findtext("{*}Size", "0")),
        "StorageClass": entry.findtext("{*}StorageClass", "STANDARD"),
    }


def _refusal(reply: TaskReply) -> str:
    """Return what S3 says of a refusal, in the form of the SDK that Step Functions reads it with."""
    try:
        document = ET.fromstring(reply.body)  # noqa: S314 - the answer of our own service
    except ET.ParseError:
        document = ET.Element("Error")
    headers = {name.lower(): value for name, value in reply.headers.items()}
    code = document.findtext("{*}Code") or str(reply.status)
    message = document.findtext("{*}Message") or "null"
    request = headers.get("x-amz-request-id") or document.findtext("{*}RequestId") or str(uuid.uuid4())
    extended = headers.get("x-amz-id-2") or document.findtext("{*}HostId") or request
    return (
        f"{message} (Service: Amazon S3; Status Code: {reply.status}; Error Code: {code}; "
        f"Request ID: {request}; S3 Extended Request ID: {extended}; Proxy: null)"
    )
