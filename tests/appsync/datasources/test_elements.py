from __future__ import annotations

import pytest

from localcloud.appsync.datasources import elements
from localcloud.appsync.datasources.elements import Elements
from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.definition import JSON

Document = dict[str, JSON]
TABLES = elements.DYNAMODB


@pytest.mark.parametrize(
    ("allowed", "document", "refused"),
    [
        (TABLES["GetItem"], {"key": {}, "consistentread": True}, "$[consistentread]"),
        (TABLES["GetItem"], {"projection": {"expression": "id", "names": {}}}, "$[projection][names]"),
        (TABLES["PutItem"], {"item": {}}, "$[item]"),
        (
            TABLES["PutItem"],
            {"condition": {"expression": "e", "returnValuesOnConditionCheckFailure": False}},
            "$[condition][returnValuesOnConditionCheckFailure]",
        ),
        (
            TABLES["PutItem"],
            {"condition": {"conditionalCheckFailedHandler": {"lambda": "f"}}},
            "$[condition][conditionalCheckFailedHandler][lambda]",
        ),
        (TABLES["UpdateItem"], {"returnValues": "ALL_NEW"}, "$[returnValues]"),
        (TABLES["DeleteItem"], {"attributeValues": {}}, "$[attributeValues]"),
        (TABLES["Query"], {"filter": {"and": []}}, "$[filter][and]"),
        (TABLES["Query"], {"segment": 1}, "$[segment]"),
        (TABLES["Scan"], {"scanIndexForward": True}, "$[scanIndexForward]"),
        (TABLES["Sync"], {"index": "i"}, "$[index]"),
        (TABLES["BatchGetItem"], {"tables": {"orders": {"key": []}}}, "$[tables][orders][key]"),
        (TABLES["BatchPutItem"], {"items": []}, "$[items]"),
        (
            TABLES["TransactWriteItems"],
            {"transactItems": [{"table": "a"}, {"condition": {"expr": "e"}}]},
            "$[transactItems][1][condition][expr]",
        ),
        (elements.LAMBDA, {"operation": "Invoke", "functionName": "f"}, "$[functionName]"),
        (elements.HTTP, {"params": {"header": {}}}, "$[params][header]"),
        (elements.EVENTBRIDGE, {"events": [{"bus": "b"}]}, "$[events][0][bus]"),
    ],
)
def test_element_without_a_required_member_is_refused_by_its_path(
    allowed: Elements, document: Document, refused: str
) -> None:
    with pytest.raises(RequestInvalid) as error:
        elements.check({"operation": "x", **document}, allowed)
    assert str(error.value) == f"Unsupported element '{refused}'."


@pytest.mark.parametrize(
    ("allowed", "document"),
    [
        (TABLES["PutItem"], {"key": {"id": {"S": "1"}}, "attributeValues": {"any": {"M": {"x": {}}}}}),
        (TABLES["Query"], {"query": {"expression": "e", "expressionValues": {":a": {"S": "b"}}}}),
        (TABLES["BatchPutItem"], {"tables": {"orders": [{"any": {"S": "x"}}]}}),
        (TABLES["TransactGetItems"], {"transactItems": [{"table": "t", "key": {"id": {"S": "1"}}}]}),
        (elements.LAMBDA, {"payload": {"any": {"thing": []}}, "invocationType": "Event"}),
        (elements.HTTP, {"method": "GET", "params": {"headers": {"x-any": "1"}, "body": {"any": 1}}}),
        (elements.EVENTBRIDGE, {"events": [{"source": "s", "detail": {"any": 1}}]}),
    ],
)
def test_element_keeps_members_that_users_define(allowed: Elements, document: Document) -> None:
    elements.check({"version": "2018-05-29", "operation": "x", **document}, allowed)
