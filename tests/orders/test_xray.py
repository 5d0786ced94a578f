"""X-Ray's header and documents; the SDK, which no function loads, is the witness."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.adapters.xray.daemon import HEADER, LARGEST, Daemon
from orders.adapters.xray.documents import Span
from orders.adapters.xray.header import TraceHeader, current, parse_header
from orders.adapters.xray.recorder import Recorder
from orders.errors import PublishFailed

ROOT = Path(__file__).resolve().parents[2]
TRACE = TraceHeader("1-6569a0c0-0123456789abcdef01234567", "53995c3f42cd8ad8", sampled=True)
# What a handler does, by the SDK: a part that is annotated, and within it one that fails.
WITNESS = """
from aws_xray_sdk.core import xray_recorder
xray_recorder.configure(service="orderwire", context_missing="IGNORE_ERROR")
class PublishFailed(Exception):
    pass
try:
    with xray_recorder.in_subsegment("## handler") as part:
        part.put_annotation("order_id", "4b0c0f7e")
        part.put_annotation("ColdStart", True)
        part.put_metadata("channels", ["appsync"], "orderwire")
        with xray_recorder.in_subsegment("appsync", namespace="remote"):
            raise PublishFailed("AppSync answered 500")
except PublishFailed:
    pass
"""


class Listener:
    """A daemon that only listens."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(60)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.daemon = Daemon({"AWS_XRAY_DAEMON_ADDRESS": self.address})

    def document(self) -> dict[str, Any]:
        """The next datagram's document."""
        datagram = self._socket.recv(LARGEST + len(HEADER))
        assert datagram.startswith(b'{"format"')
        header, _, body = datagram.partition(b"\n")
        assert json.loads(header) == {"format": "json", "version": 1}
        document: dict[str, Any] = json.loads(body)
        return document

    def is_silent(self) -> bool:
        self._socket.setblocking(False)
        try:
            self._socket.recv(1)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self.daemon.close()
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def recorder(listener: Listener, header: TraceHeader | None = TRACE) -> Recorder:
    return Recorder(listener.daemon, lambda: header)


def handle(recorder: Recorder) -> None:
    """Do what the witness does."""
    with recorder.span("## handler") as part:
        part.annotate("order_id", "4b0c0f7e")
        part.annotate("ColdStart", True)
        part.add_metadata("channels", ["appsync"], "orderwire")
        with recorder.remote_span("appsync"):
            raise PublishFailed("AppSync answered 500")


def parts_of(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return segments and parts singly, as the SDK sends them: each with its parent's id, the inner first."""
    parts: list[dict[str, Any]] = []
    for document in documents:
        inner = [
            {**part, "parent_id": document["id"], "trace_id": document["trace_id"], "type": "subsegment"}
            for part in document.pop("subsegments", [])
        ]
        parts += [*parts_of(inner), document]
    return parts


def shape_of(document: object, names: dict[str, str]) -> object:
    """Return a document with ids by their order, without times and what X-Ray makes nothing of."""
    if isinstance(document, dict):
        kept = document.keys() - {"start_time", "end_time", "stack", "working_directory"}
        # The SDK writes what is so anyway.
        usual = (("in_progress", False), ("namespace", "local"))
        return {n: shape_of(document[n], names) for n in sorted(kept) if (n, document[n]) not in usual}
    if isinstance(document, list):
        return [shape_of(each, names) for each in document]
    if isinstance(document, str) and len(document) == 16 and document != TRACE.parent:
        return names.setdefault(document, f"id {len(names)}")
    return document


def test_handler_documents_equal_those_of_the_sdk(listener: Listener) -> None:
    environment = {
        **os.environ,
        "LAMBDA_TASK_ROOT": str(ROOT),
        "_X_AMZN_TRACE_ID": str(TRACE),
        "AWS_XRAY_DAEMON_ADDRESS": listener.address,
    }
    subprocess.run([sys.executable, "-c", WITNESS], env=environment, check=True)
    theirs = parts_of([listener.document(), listener.document()])
    with pytest.raises(PublishFailed):
        handle(recorder(listener))
    ours = parts_of([listener.document()])
    assert shape_of(ours, {}) == shape_of(theirs, {})
    assert all(part["start_time"] <= part["end_time"] for part in [*ours, *theirs])


def test_segment_of_another_trace_names_its_caller(listener: Listener) -> None:
    span = Span("orderwire-fanout", started=1.0)
    span.close(1.5)
    recorder(listener, None).send_segment(span, TRACE)
    assert listener.document() == {
        "id": span.id,
        "name": "orderwire-fanout",
        "start_time": 1.0,
        "end_time": 1.5,
        "trace_id": TRACE.root,
        "parent_id": TRACE.parent,
    }


@pytest.mark.parametrize(
    "header",
    [
        None,
        TraceHeader(TRACE.root, TRACE.parent, sampled=False),
        TraceHeader(TRACE.root, None, sampled=True),
    ],
)
def test_unsampled_invocation_sends_nothing(listener: Listener, header: TraceHeader | None) -> None:
    with recorder(listener, header).span("## handler"):
        pass
    assert listener.is_silent()


def test_exception_text_of_a_library_is_missing_from_a_trace(listener: Listener) -> None:
    recording = recorder(listener)
    with pytest.raises(ValueError, match="tok_1234"), recording.span("## handler"):
        raise ValueError("card tok_1234 cannot be read")
    document = listener.document()
    [exception] = document["cause"]["exceptions"]
    assert exception["type"] == "ValueError"
    assert "tok_1234" not in json.dumps(document)


@pytest.mark.parametrize("address", ["", "nowhere", "127.0.0.1:0"])
def test_missing_daemon_is_ignored(address: str) -> None:
    daemon = Daemon({"AWS_XRAY_DAEMON_ADDRESS": address})
    assert daemon.send({"name": "x"}) is False
    daemon.close()


def test_oversized_document_is_dropped(listener: Listener) -> None:
    assert listener.daemon.send({"name": "x" * LARGEST}) is False
    assert listener.daemon.send({"name": "x"}) is True


HEADERS = st.builds(
    TraceHeader,
    st.builds("1-{:08x}-{:024x}".format, st.integers(0, 16**8 - 1), st.integers(0, 16**24 - 1)),
    st.none() | st.builds("{:016x}".format, st.integers(0, 16**16 - 1)),
    st.none() | st.booleans(),
)


@given(HEADERS)
def test_trace_header_round_trips(header: TraceHeader) -> None:
    assert parse_header(str(header)) == header
    assert current({"_X_AMZN_TRACE_ID": f"Self=1-2-3;{header}"}) == header


@given(st.text() | st.none() | st.integers())
def test_any_text_is_a_trace_header_or_none(text: object) -> None:
    assert parse_header(text) is None or "Root=1-" in str(text)
