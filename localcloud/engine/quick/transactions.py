"""TransactWriteItems: all writes are found first; they are done if every condition holds."""

from __future__ import annotations

from collections import defaultdict

from localcloud.engine.meter import Meter
from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.quick.answers import answered
from localcloud.engine.quick.values import Unusual
from localcloud.engine.quick.writes import UNSAID, Write, prepare

FIELDS = {"TransactItems", "ClientRequestToken", "ReturnConsumedCapacity"}
# 4 MB of JSON are allowed: with this much of contents a request has nothing like it.
BYTES = 256 * 1024
WRITES = 100
# A transaction writes twice, once to prepare and once to commit.
TWICE = 2.0


def take_short_cuts(meter: Meter) -> None:
    """Put the short way before MiniStack's TransactWriteItems."""
    store, find = dynamodb.txn_token_store, dynamodb.txn_token_lookup

    @DynamoDB.transact_write_items.wrap
    def _(before: Function) -> Function:
        def run(data: Record) -> Response:
            try:
                if type(data) is not dict or not data.keys() <= FIELDS:
                    raise Unusual
                token = data.get("ClientRequestToken")
                if data.get("ReturnConsumedCapacity") not in UNSAID:
                    raise Unusual
                if token is not None and (type(token) is not str or not 0 < len(token) <= 36 or find(token)):
                    raise Unusual
                writes = _prepare(dynamodb, data.get("TransactItems"))
                units = [(write.place.name, write.units(TWICE)) for write in writes]
            except Unusual:
                response: Response = before(data)
                return response
            for write in writes:
                write.carry_out(dynamodb)
            for name, cost in units:
                meter.consumed(name, write=cost)
            if token:
                _remember(store, token, data, writes)
            return answered({})

        return run


def _prepare(dynamodb: DynamoDB, items: object) -> list[Write]:
    """Return the writes of a transaction, all of them allowed."""
    if type(items) is not list or not 0 < len(items) <= WRITES:
        raise Unusual
    writes: list[Write] = []
    for item in items:
        if type(item) is not dict or len(item) != 1:
            raise Unusual
        for operation, data in item.items():
            if operation not in {"Put", "Update", "Delete", "ConditionCheck"}:
                raise Unusual
            if type(data) is not dict or "ReturnValues" in data:
                raise Unusual
            write = prepare(dynamodb, operation, data)
            if operation == "ConditionCheck" and write.condition is None:
                raise Unusual
            writes.append(write)
    targets = {(write.place.name, write.place.partition, write.place.sort) for write in writes}
    if (
        len(targets) < len(writes)
        or sum(write.size for write in writes) > BYTES
        or not all(write.allowed for write in writes)
    ):
        raise Unusual
    return writes


def _remember(store: Function, token: str, data: Record, writes: list[Write]) -> None:
    """Keep the answer for a repetition with the same token, as MiniStack does."""
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    for write in writes:
        sizes[write.place.name].append(write.size)
    signature = {name: value for name, value in data.items() if name != "ClientRequestToken"}
    # A repetition goes the long way, on which the meter has MiniStack say what it consumes.
    signature["ReturnConsumedCapacity"] = "TOTAL"
    store(token, {"signature": signature, "response": {}, "sizes": dict(sizes)})
