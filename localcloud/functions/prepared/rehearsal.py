"""A client's first call, without a network: what it imports, compiles and caches is there afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.loaders import Loader

CALLS = {
    "dynamodb": "list_tables",
    "sqs": "list_queues",
    "sns": "list_topics",
    "stepfunctions": "list_state_machines",
    "events": "list_event_buses",
}


class _Body:
    """An answer without contents, in whichever form the service's protocol has."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self._content = b"{}" if "json" in str(request.headers.get("Content-Type")) else b"<a><b/></a>"

    def stream(self) -> Iterator[bytes]:
        yield self._content


def rehearse(service: str) -> Loader:
    """Create a client as a function does, call it, and return what it has read its models with."""
    session = boto3.session.Session("AKIANONE", "none", region_name="us-east-1")
    client = session.client(service, endpoint_url="http://127.0.0.1:1")  # type: ignore[call-overload]
    client.meta.events.register("before-send", _answer)
    getattr(client, CALLS[service])()
    return session._loader


def _answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
    return AWSResponse(request.url, 200, HTTPHeaders(), _Body(request))
