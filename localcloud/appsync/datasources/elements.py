"""The elements that request documents have: AppSync refuses a document with any other.

Sources: the mapping template references of the AppSync developer guide, whose JSON schemas allow no
additional properties; what AWS answers stands in aws-appsync-community's issues 110 and 217.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Union

from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.definition import JSON

Elements = Mapping[str, Union["Elements", None]]
"""What an object may hold; of None everything. ``*`` stands for any name, and for the items of a list."""

_EXPRESSION: Final[Elements] = {"expression": None, "expressionNames": None, "expressionValues": None}
_PROJECTION: Final[Elements] = {"expression": None, "expressionNames": None}
_CONDITION: Final[Elements] = {
    **_EXPRESSION,
    **dict.fromkeys(("equalsIgnore", "consistentRead")),
    "conditionalCheckFailedHandler": {"strategy": None, "lambdaArn": None},
}
_ANY: Final[Elements] = {"version": None, "operation": None}
_WRITE: Final[Elements] = {
    **_ANY,
    **dict.fromkeys(("key", "customPartitionKey", "populateIndexFields", "_version")),
    "condition": _CONDITION,
}
_SCAN: Final[Elements] = {
    **_ANY,
    **dict.fromkeys(("index", "limit", "nextToken", "consistentRead", "select")),
    "filter": _EXPRESSION,
    "projection": _PROJECTION,
}
_TABLES: Final[Elements] = {**_ANY, "tables": None}

DYNAMODB: Final[Mapping[str, Elements]] = {
    "GetItem": {**_ANY, "key": None, "consistentRead": None, "projection": _PROJECTION},
    "PutItem": {**_WRITE, "attributeValues": None},
    "UpdateItem": {**_WRITE, "update": _EXPRESSION},
    "DeleteItem": _WRITE,
    "Query": {**_SCAN, "query": _EXPRESSION, "scanIndexForward": None},
    "Scan": {**_SCAN, "segment": None, "totalSegments": None},
    "Sync": {
        **_ANY,
        **dict.fromkeys(("basePartitionKey", "deltaIndexName", "limit", "nextToken", "lastSync")),
        "filter": _EXPRESSION,
    },
    "BatchGetItem": {
        **_ANY,
        "tables": {"*": {"keys": None, "consistentRead": None, "projection": _PROJECTION}},
    },
    "BatchPutItem": _TABLES,
    "BatchDeleteItem": _TABLES,
    "TransactGetItems": {
        **_ANY,
        "transactItems": {"*": {"table": None, "key": None, "projection": _PROJECTION}},
    },
    "TransactWriteItems": {
        **_ANY,
        "transactItems": {
            "*": {
                **dict.fromkeys(("table", "operation", "key", "attributeValues")),
                "update": _EXPRESSION,
                "condition": {**_EXPRESSION, "returnValuesOnConditionCheckFailure": None},
            }
        },
    },
}
# The last one is the local cloud's own: the resolver's, beside the document.
LAMBDA: Final[Elements] = {**_ANY, "payload": None, "invocationType": None, "maxBatchSize": None}
HTTP: Final[Elements] = {
    **dict.fromkeys(("version", "operation", "method", "resourcePath")),
    "params": {"headers": None, "query": None, "body": None},
}
EVENTBRIDGE: Final[Elements] = {
    **_ANY,
    "events": {"*": dict.fromkeys(("source", "detail", "detailType", "resources", "time"))},
}


def place(path: str) -> str:
    """Return how AppSync names a place in a document.

    Examples
    --------
    >>> place("key"), place("events[0].detail")
    ('$[key]', '$[events][0][detail]')
    """
    return "$" + "".join(f"[{part.rstrip(']')}]" for part in path.replace("[", ".").split(".") if part)


def check(document: Mapping[str, JSON], allowed: Elements, path: str = "") -> None:
    """Refuse what a document has no place for.

    Raises
    ------
    RequestInvalid
        It names the first such element.

    Examples
    --------
    >>> check({"operation": "Invoke", "payload": {"any": "thing"}}, LAMBDA)
    >>> check({"operation": "Invoke", "paylod": 1}, LAMBDA)
    Traceback (most recent call last):
    ...
    localcloud.appsync.datasources.failures.RequestInvalid: Unsupported element '$[paylod]'.
    """
    for name, value in document.items():
        if name not in allowed and "*" not in allowed:
            raise RequestInvalid(f"Unsupported element '{place(path + name)}'.")
        inner = allowed.get(name, allowed.get("*"))
        if inner is None:
            continue
        if isinstance(value, dict):
            check(value, inner, f"{path}{name}.")
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, dict):
                    check(item, inner.get("*") or inner, f"{path}{name}[{number}].")
