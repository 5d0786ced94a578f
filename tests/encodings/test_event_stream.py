"""The event stream's messages, as botocore reads them."""

from __future__ import annotations

from typing import cast

from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.encodings.event_stream import encode_event, encode_message
from tests.examples import examples

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@settings(max_examples=examples(100))
@given(st.dictionaries(NAMES, st.text(max_size=40), max_size=5), st.binary(max_size=200))
def test_botocore_reads_encoded_events(headers: dict[str, str], payload: bytes) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode_message(headers, payload))
    buffer.add_data(encode_event("PayloadChunk", "text/plain", b"second"))
    first, second = ((cast("dict[str, str]", message.headers), message.payload) for message in buffer)
    assert first == (headers, payload)
    assert second[0][":event-type"] == "PayloadChunk" and second[1] == b"second"
