"""A client's first call, without a network: what it imports, compiles and caches is there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.hooks import BaseEventHooks
from botocore.loaders import Loader

# Of each service a call, and the shortest answer that it takes.
CALLS = {
    "dynamodb": ("list_tables", b"{}"),
    "sqs": ("list_queues", b"{}"),
    "sns": ("list_topics", b"<R><ListTopicsResult/></R>"),
    "stepfunctions": ("list_state_machines", b"{}"),
    "events": ("list_event_buses", b"{}"),
}


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


class Rehearsed(NamedTuple):
    """What a rehearsal leaves: what the models were read with, and where handlers were registered."""

    loader: Loader
    emitters: tuple[BaseEventHooks, ...]


def rehearse(service: str) -> Rehearsed:
    """Create a client as a function does, and call it."""
    call, content = CALLS[service]

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        return AWSResponse(request.url, 200, HTTPHeaders(), _Body(content))

    session = boto3.session.Session("AKIANONE", "none", region_name="us-east-1")
    client = session.client(service, endpoint_url="http://127.0.0.1:1")  # type: ignore[call-overload]
    client.meta.events.register("before-send", answer)
    getattr(client, call)()
    return Rehearsed(session._loader, (session._session.get_component("event_emitter"), client.meta.events))
