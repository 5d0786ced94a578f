"""An S3 that holds its objects in a dictionary, and what the interpreter needs around it."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from localcloud.states.integrations.transport import InvokeReply, TaskReply
from localcloud.states.language.scope import Json
from localcloud.states.running.execution import Execution
from localcloud.states.running.frame import Frame
from localcloud.states.running.map_run import MapRun

RUN = "arn:aws:states:eu-west-1:000000000000:mapRun:orders/Lines:6dbfba93-bcff-410b-9b5c-abf41ae9eddb"
MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:orders/Lines"
REFUSAL = "<Error><Code>{code}</Code><Message>{message}</Message></Error>"


class FakeS3:
    """A transport to it.

    Attributes
    ----------
    requests
        The operation and the path of each request.
    """

    def __init__(
        self, objects: dict[str, bytes] | None = None, bucket: str = "shop", page: int = 1000
    ) -> None:
        self.objects = objects or {}
        self.bucket = bucket
        self.page = page
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []

    async def send(
        self,
        service: str,
        operation: str,
        *,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
    ) -> TaskReply:
        assert service == "s3"
        self.requests.append((operation, path))
        self.headers.append(headers)
        address = urlsplit(path)
        bucket, _, key = unquote(address.path[1:]).partition("/")
        if bucket != self.bucket:
            return self._refusal("NoSuchBucket", "The specified bucket does not exist")
        match method, key:
            case "GET", "":
                return self._listing(dict(parse_qsl(address.query)))
            case "GET", _ if key in self.objects:
                return TaskReply(200, {}, self.objects[key])
            case "PUT", _:
                self.objects[key] = body
                return TaskReply(200)
        return self._refusal("NoSuchKey", "The specified key does not exist.")

    def _listing(self, query: dict[str, str]) -> TaskReply:
        assert query["list-type"] == "2"
        keys = sorted(key for key in self.objects if key.startswith(query.get("prefix", "")))
        start = int(query.get("continuation-token", "0"))
        end = start + self.page
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-02T03:04:05.600Z</LastModified>"
            f'<ETag>"{hashlib.md5(self.objects[key]).hexdigest()}"</ETag>'
            f"<Size>{len(self.objects[key])}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key in keys[start:end]
        )
        more = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < len(keys) else ""
        truncated = str(end < len(keys)).lower()
        body = (
            '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{truncated}</IsTruncated>{entries}{more}</ListBucketResult>"
        )
        return TaskReply(200, {}, body.encode())

    @staticmethod
    def _refusal(code: str, message: str) -> TaskReply:
        headers = {"x-amz-request-id": "R1", "x-amz-id-2": "X1"}
        return TaskReply(404, headers, REFUSAL.format(code=code, message=message).encode())

    async def invoke(self, *_arguments: Any, **_options: Any) -> InvokeReply:
        raise AssertionError("no function is invoked")

    async def fetch(self, *_arguments: Any, **_options: Any) -> TaskReply:
        raise AssertionError("no address is fetched")


def frame_over(transport: FakeS3) -> Frame:
    """Return the frame of a state whose host reaches S3 by ``transport``."""
    execution = SimpleNamespace(host=SimpleNamespace(transport=transport))
    return Frame(cast(Execution, execution), {"Execution": {"Name": "e1"}}, {"limit": 2}, 0)


def map_run(*, express: bool = False) -> MapRun:
    """Return a run of a distributed Map."""
    return MapRun(
        arn=RUN,
        execution_arn="arn:aws:states:eu-west-1:000000000000:execution:orders:e1",
        machine_arn=MACHINE,
        machine_name="orders/Lines",
        role="arn:aws:iam::000000000000:role/states",
        express=express,
        max_concurrency=0,
        tolerated_count=None,
        tolerated_percentage=None,
        items=0,
    )


def child(name: str, data: str, status: str, output: Json = None, error: str | None = None) -> Execution:
    """Return a child execution that has ended."""
    execution = Execution(
        arn=f"arn:aws:states:eu-west-1:000000000000:execution:orders/Lines:{name}",
        name=name,
        machine_arn=MACHINE,
        machine_name="orders/Lines",
        machine=cast(Any, SimpleNamespace(start="S", timeout=None)),
        text=data,
        data=None,
        role="arn:aws:iam::000000000000:role/states",
        host=cast(Any, None),
    )
    execution.status = cast(Any, status)
    execution.started, execution.stopped = 1_700_000_000.25, 1_700_000_001.5
    execution.output = output
    execution.error, execution.cause = error, None if error is None else f"{error} happened"
    return execution
