"""What decides of a call whether it passes like another one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localcloud.engine.iam.settled import resources
from localcloud.iam.actions import ApiCall, needs

TABLES = st.sampled_from(["orders", "stock", "arn:aws:dynamodb:us-east-1:000000000000:table/orders"])
ACTIONS = st.sampled_from(["Put", "Update", "Delete", "ConditionCheck", "Get", "Other"])
# What is none of a transaction's own words, and looks like one.
ATTRIBUTES = st.dictionaries(st.sampled_from(["Put", "TableName", "id"]), st.just({"S": "TableName"}))
PARTS = st.fixed_dictionaries({}, optional={"TableName": TABLES, "Item": ATTRIBUTES})
ITEMS = st.dictionaries(ACTIONS, PARTS, max_size=2)
TRANSACTIONS = st.fixed_dictionaries({"TransactItems": st.lists(ITEMS, max_size=3)})
BATCHES = st.fixed_dictionaries({"RequestItems": st.dictionaries(TABLES, ATTRIBUTES, max_size=2)})
QUERIES = st.fixed_dictionaries(
    {"TableName": TABLES},
    optional={"IndexName": st.sampled_from(["status", "pk"]), "ExpressionAttributeValues": ATTRIBUTES},
)
CALLS = st.one_of(
    st.tuples(st.sampled_from(["TransactWriteItems", "TransactGetItems"]), TRANSACTIONS),
    st.tuples(st.sampled_from(["BatchGetItem", "BatchWriteItem"]), BATCHES),
    st.tuples(st.sampled_from(["Query", "Scan", "GetItem"]), QUERIES),
)


class _Nothing:
    """Knows nothing of resources, as needs of tables are found without."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


def called(operation: str, document: Any) -> ApiCall:
    return ApiCall("dynamodb", operation, "000000000000", "us-east-1", json.dumps(document).encode())


@given(CALLS, st.lists(CALLS, min_size=1, max_size=20))
def test_calls_that_agree_in_their_resources_need_the_same(
    request: tuple[str, Any], others: list[tuple[str, Any]]
) -> None:
    call = called(*request)
    what = resources(call)
    for operation, document in others:
        other = called(operation, document)
        if operation == call.operation and what is not None and resources(other) == what:
            assert needs(other, _Nothing()) == needs(call, _Nothing())


def test_call_without_what_it_must_have_is_looked_at_as_a_whole() -> None:
    assert resources(called("TransactWriteItems", {})) is None
    assert resources(called("TransactWriteItems", {"TransactItems": [{"Put": {}}]})) is None
    assert resources(called("BatchGetItem", {"RequestItems": None})) is None
    assert resources(called("BatchGetItem", {"RequestItems": [{"orders": {}}]})) is None
    assert resources(called("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": []}}]})) is None
    assert resources(called("GetItem", {})) is None
    assert resources(ApiCall("dynamodb", "TransactWriteItems", "", "", b"no JSON")) is None
