"""CBOR: what we write botocore's own parser reads, and no bytes bring the reader down."""

from __future__ import annotations

import contextlib
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.parsers import BaseCBORParser
from hypothesis import given
from hypothesis import strategies as st

from localcloud.encodings.cbor import CborError, dumps, loads

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.integers(0, 2**32).map(lambda second: datetime.fromtimestamp(second, UTC))
)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


class Witness(BaseCBORParser):
    """botocore's parser, without the response around it."""

    def read(self, data: bytes) -> Any:
        return self.parse_data_item(io.BufferedReader(io.BytesIO(data)))


@given(DOCUMENTS)
def test_cbor_document_round_trips(document: Any) -> None:
    assert loads(dumps(document)) == document


@given(st.recursive(st.booleans() | st.integers(-(2**63), 2**63) | st.text(), st.lists))
def test_botocore_reads_encoded_cbor(document: Any) -> None:
    assert Witness().read(dumps(document)) == document


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(CborError):
        loads(data)


@pytest.mark.parametrize(
    ("text", "value"),
    [("bf6161019f0203ffff", None), ("bf616101ff", {"a": 1}), ("9f0102ff", [1, 2]), ("7f61616162ff", "ab")],
)
def test_indefinite_lengths_are_read(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(CborError):
            loads(bytes.fromhex(text))
    else:
        assert loads(bytes.fromhex(text)) == value
