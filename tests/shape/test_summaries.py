"""Summaries in the API: one's own, anyone's for staff, and rebuilt by staff alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shape.api import ADA, STAFF, refused
from tests.shape.samples import api, errors, gives

REBUILD = ("Mutation.rebuildSummaries", {"input": {"generation": "g", "settleSeconds": 0}})


@pytest.mark.parametrize(
    ("who", "arguments", "expected"),
    [
        (ADA, {}, {"isStaff": False, "of": None}),
        (ADA, {"customerId": "grace"}, {"isStaff": False, "of": "grace"}),
        (STAFF, {"customerId": "grace"}, {"isStaff": True, "of": "grace"}),
    ],
)
async def test_function_receives_the_caller_and_the_requested_customer(
    who: Any, arguments: Any, expected: Any
) -> None:
    outcome = await api().call(
        "Query.customerSummary", arguments, identity=who, Summaries=[gives({"result": None})]
    )
    assert (outcome.value, outcome.errors) == (None, [])
    [(source, request)] = api().requests
    assert source == "Summaries" and request["payload"].items() >= {"action": "read", **expected}.items()


async def test_rebuild_is_refused_to_everyone_except_staff() -> None:
    result = {"status": "SETTLING"}
    outcome = await api().call(*REBUILD, identity=STAFF, Summaries=[gives({"result": result})])
    assert outcome.value == result
    assert api().requests[0][1]["payload"]["settleSeconds"] == 0
    outcome = await api().call(*REBUILD, identity=ADA)
    assert errors(outcome) == [("StaffOnly", "Only staff may rebuild the read model.", None)]


@pytest.mark.parametrize("field", [REBUILD, ("Query.customerSummary", {})])
async def test_caller_errors_keep_their_words_and_a_crash_is_internal(field: Any) -> None:
    answer = {"error": {"type": "TryAgain", "message": "Soon.", "info": None}}
    outcome = await api().call(*field, identity=STAFF, Summaries=[gives(answer)])
    assert errors(outcome) == [("TryAgain", "Soon.", None)]
    outcome = await api().call(*field, identity=STAFF, Summaries=[refused("Lambda:Unhandled")])
    words = "Summaries cannot be reached just now: try again."
    assert errors(outcome) == [("InternalError", words, None)]
