"""What of a request its needs depend on: two requests that agree in it pass or fail together, for a while."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final

from localcloud.engine.bodies import look_at

if TYPE_CHECKING:
    from localcloud.iam.actions import ApiCall

# What a request names its resource by. Within a text such a name is escaped, and elsewhere no text follows
# it, so that the first one is the request's own.
_RESOURCE: Final = {
    "dynamodb": re.compile(rb'"TableName"\s*:\s*"([^"\\]+)"'),
    "sqs": re.compile(rb'"QueueUrl"\s*:\s*"([^"\\]+)"'),
    "states": re.compile(rb'"(?:stateMachineArn|executionArn|activityArn)"\s*:\s*"([^"\\]+)"'),
    "kinesis": re.compile(rb'"Stream(?:ARN|Name)"\s*:\s*"([^"\\]+)"'),
}
_INDEX: Final = re.compile(rb'"IndexName"\s*:\s*"([^"\\]+)"')
_TRANSACTIONS: Final = frozenset({"TransactWriteItems", "TransactGetItems"})
_BATCHES: Final = frozenset({"BatchGetItem", "BatchWriteItem"})


def resources(call: ApiCall) -> Hashable | None:
    """Return what a call needs its permissions for; None where that cannot be seen so quickly.

    Examples
    --------
    >>> from localcloud.iam.actions import ApiCall
    >>> def of(service, operation, body=b"", **more):
    ...     return resources(ApiCall(service, operation, "000000000000", "us-east-1", body, **more))
    >>> of("dynamodb", "GetItem", b'{"TableName": "orders", "Key": {}}')
    (b'orders', b'')
    >>> of("dynamodb", "BatchGetItem", b'{"RequestItems": {"orders": {}, "stock": {}}}')
    ('orders', 'stock')
    >>> of("dynamodb", "TransactWriteItems", b'{"TransactItems": [{"Put": {"TableName": "orders"}}]}')
    (('Put', 'orders'),)
    >>> of("lambda", "Invoke", path="/2015-03-31/functions/work/invocations", query="Qualifier=live")
    ('/2015-03-31/functions/work/invocations', 'Qualifier=live')
    """
    service, operation = call.service, call.operation
    if service == "lambda" and operation == "Invoke":
        return call.path, call.query
    if service == "dynamodb" and (operation in _TRANSACTIONS or operation in _BATCHES):
        return _several(call)
    pattern = _RESOURCE.get(service)
    match = None if pattern is None else pattern.search(call.body)
    if match is None:
        return None
    index = _INDEX.search(call.body) if operation in {"Query", "Scan"} else None
    return match[1], b"" if index is None else index[1]


def _several(call: ApiCall) -> Hashable | None:
    """Return the tables of a call that names several, each with what is done there."""
    try:
        document = look_at(call.body)
        if call.operation in _BATCHES:
            return tuple(document["RequestItems"].keys())
        what = tuple(
            (action, part["TableName"]) for item in document["TransactItems"] for action, part in item.items()
        )
    except (LookupError, TypeError, ValueError, RecursionError, AttributeError):
        return None
    return what if all(isinstance(table, str) for _action, table in what) else None
