"""``TransactWriteItems``: all or nothing, tried again while other transactions are in the way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from orders.adapters.attributes import Attribute, Item
from orders.errors import Contended

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        ConditionCheckTypeDef,
        PutTypeDef,
        TransactWriteItemTypeDef,
        UpdateTypeDef,
    )

MAX_WRITES = 100
"""DynamoDB's limit; an order of 50 items needs 51."""

ATTEMPTS = 8

_PASSING = ("None", "TransactionConflict", "ThrottlingError")
"""Reasons of a cancellation that time cures, and that of the writes which had no part in it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one write of a cancelled transaction was refused, and the item as it was then."""

    code: str
    item: Item | None


class Transaction:
    """Writes that happen together.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    what : str
        What the transaction does, for messages.
    sleep : callable
        Waits some seconds between attempts.
    """

    def __init__(
        self, client: DynamoDBClient, what: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._what = what
        self._sleep = sleep
        self._writes: list[TransactWriteItemTypeDef] = []

    def put(
        self,
        table: str,
        item: Mapping[str, Attribute],
        *,
        condition: str | None,
        values: Mapping[str, Attribute] | None = None,
    ) -> None:
        """Add a put, which the conditions of the others guard where it has none of its own."""
        put: PutTypeDef = {"TableName": table, "Item": item}
        if condition is not None:
            put["ConditionExpression"] = condition
            put["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if values:
            put["ExpressionAttributeValues"] = values
        self._writes.append({"Put": put})

    def update(
        self,
        table: str,
        key: Mapping[str, Attribute],
        update: str,
        *,
        values: Mapping[str, Attribute],
        condition: str | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Add an update, conditional or not."""
        write: UpdateTypeDef = {
            "TableName": table,
            "Key": key,
            "UpdateExpression": update,
            "ExpressionAttributeValues": values,
        }
        if condition is not None:
            write["ConditionExpression"] = condition
            write["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if names:
            write["ExpressionAttributeNames"] = names
        self._writes.append({"Update": write})

    def check(
        self,
        table: str,
        key: Mapping[str, Attribute],
        condition: str,
        *,
        values: Mapping[str, Attribute],
        names: Mapping[str, str],
    ) -> None:
        """Add a condition on an item that is not written."""
        check: ConditionCheckTypeDef = {
            "TableName": table,
            "Key": key,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ExpressionAttributeNames": names,
        }
        self._writes.append({"ConditionCheck": check})

    def commit(self) -> Sequence[Refusal]:
        """Carry out all writes, or none.

        Returns
        -------
        Sequence[Refusal]
            Empty when the writes were made; else one per write, in order, of which those with
            the code ``None`` had no part in the refusal.

        Raises
        ------
        Contended
            When other transactions were in the way each time. AWS cancels at once then, and
            botocore does not repeat a cancelled transaction.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                # Full jitter: two orders that met must not meet again in step.
                self._sleep(random.uniform(0, min(0.4, 0.02 * 2**attempt)))  # noqa: S311
            try:
                self._client.transact_write_items(TransactItems=self._writes)
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = error.response.get("CancellationReasons", [])
                refusals = [
                    Refusal(r.get("Code", "None"), cast("Item | None", r.get("Item"))) for r in reasons
                ]
                if any(r.code == "ConditionalCheckFailed" for r in refusals):
                    return refusals
                if not refusals or not all(r.code in _PASSING for r in refusals):
                    raise
            except self._client.exceptions.TransactionInProgressException:
                # Our own first attempt, whose answer was lost, is still at work.
                continue
            else:
                return ()
        raise Contended(self._what, ATTEMPTS)


def cancellation(refusals: Sequence[Refusal]) -> Refusal | None:
    """Return the first refusal that a condition caused, None when the writes were made."""
    return next((r for r in refusals if r.code == "ConditionalCheckFailed"), None)
