"""ReportBatchItemFailures: AWS's rules for what counts as an answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.mappings.answers import failed_items

NAMES = {"a", "b", "c"}


@pytest.mark.parametrize(
    "answer", [b"null", b"", b"{}", b'{"batchItemFailures":[]}', b'{"batchItemFailures":null}']
)
def test_empty_report_means_complete_success(answer: bytes) -> None:
    assert failed_items(answer, NAMES) == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        b"{",
        b'"fine"',
        b"[]",
        b"3",
        b'{"batchItemFailures":{}}',
        b'{"batchItemFailures":"a"}',
        b'{"batchItemFailures":["a"]}',
        b'{"batchItemFailures":[{"itemIdentifier":""}]}',
        b'{"batchItemFailures":[{"itemIdentifier":null}]}',
        b'{"batchItemFailures":[{"itemidentifier":"a"}]}',
        b'{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"unknown"}]}',
    ],
)
def test_invalid_report_means_the_whole_batch_failed(answer: bytes) -> None:
    assert failed_items(answer, NAMES) is None


@given(st.sets(st.sampled_from(sorted(NAMES))))
def test_report_names_the_failed_items(names: set[str]) -> None:
    answer = {"batchItemFailures": [{"itemIdentifier": name} for name in names]}
    assert failed_items(json.dumps(answer).encode(), NAMES) == frozenset(names)


@given(st.binary())
def test_any_report_is_read_without_an_exception(answer: bytes) -> None:
    failed_items(answer, NAMES)
