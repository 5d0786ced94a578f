"""Bodies as text and as bytes: the tables of API Gateway's guide."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.gateway.errors import BadConfiguration
from localcloud.gateway.mapping.conversion import answer_payload, request_payload
from localcloud.gateway.mapping.definition import Conversion

DATA = b"\x89PNG\xff"
TEXT = base64.b64encode(DATA)


@pytest.mark.parametrize(
    ("body", "binary", "conversion", "sent"),
    [
        (b"text", False, None, b"text"),
        (b"text", False, "CONVERT_TO_TEXT", b"text"),
        (TEXT, False, "CONVERT_TO_BINARY", DATA),
        (DATA, True, None, DATA),
        (DATA, True, "CONVERT_TO_BINARY", DATA),
        (DATA, True, "CONVERT_TO_TEXT", TEXT),
    ],
)
def test_request_body_is_converted(
    body: bytes, binary: bool, conversion: Conversion | None, sent: bytes
) -> None:
    assert request_payload(body, binary=binary, conversion=conversion).data == sent


@pytest.mark.parametrize(
    ("body", "binary", "accepted", "conversion", "sent"),
    [
        (b"text", False, False, None, b"text"),
        (TEXT, False, False, "CONVERT_TO_BINARY", DATA),
        (TEXT, False, True, "CONVERT_TO_TEXT", TEXT),
        (DATA, True, False, None, TEXT),
        (DATA, True, False, "CONVERT_TO_BINARY", DATA),
        (DATA, True, True, None, DATA),
        (DATA, True, True, "CONVERT_TO_TEXT", TEXT),
    ],
)
def test_response_body_is_converted_by_the_accept_header(
    body: bytes, binary: bool, accepted: bool, conversion: Conversion | None, sent: bytes
) -> None:
    assert answer_payload(body, binary=binary, accepted=accepted, conversion=conversion).data == sent


def test_text_that_is_no_base64_cannot_become_binary() -> None:
    with pytest.raises(BadConfiguration):
        request_payload(b"no base64!", binary=False, conversion="CONVERT_TO_BINARY")


@given(st.binary())
def test_bytes_round_trip_through_text(data: bytes) -> None:
    text = request_payload(data, binary=True, conversion="CONVERT_TO_TEXT")
    assert answer_payload(text.data, binary=False, accepted=True, conversion="CONVERT_TO_BINARY").data == data
