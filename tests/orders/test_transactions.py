"""What the engine never does and AWS may: conflicts, unfinished attempts, throttled writes."""

from __future__ import annotations

import pytest

from orders.adapters.transactions import ATTEMPTS, Transaction, cancellation
from orders.errors import Contended


class Cancelled(Exception):
    def __init__(self, *codes: str) -> None:
        super().__init__(", ".join(codes))
        self.response = {"CancellationReasons": [{"Code": code} for code in codes]}


class InProgress(Exception):
    pass


class ScriptedDynamoDB:
    """Answers one attempt after another as scripted, then accepts everything."""

    class exceptions:  # noqa: N801 - boto3's own name
        TransactionCanceledException = Cancelled
        TransactionInProgressException = InProgress

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.calls: list[object] = []

    def transact_write_items(self, *, TransactItems: object) -> None:  # noqa: N803
        self.calls.append(TransactItems)
        if self.answers:
            raise self.answers.pop(0)


def transaction(client: ScriptedDynamoDB, waits: list[float]) -> Transaction:
    created = Transaction(client, "Reserving stock", sleep=waits.append)  # type: ignore[arg-type]
    created.put("t", {"pk": {"S": "a"}}, condition="attribute_not_exists(pk)")
    created.update("t", {"pk": {"S": "b"}}, "SET n = n - :q", condition="n >= :q", values={":q": {"N": "1"}})
    return created


def test_writes_are_sent_in_one_transaction() -> None:
    client = ScriptedDynamoDB()
    assert transaction(client, []).commit() == ()
    assert client.calls == [
        [
            {
                "Put": {
                    "TableName": "t",
                    "Item": {"pk": {"S": "a"}},
                    "ConditionExpression": "attribute_not_exists(pk)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
            {
                "Update": {
                    "TableName": "t",
                    "Key": {"pk": {"S": "b"}},
                    "UpdateExpression": "SET n = n - :q",
                    "ConditionExpression": "n >= :q",
                    "ExpressionAttributeValues": {":q": {"N": "1"}},
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
        ]
    ]


def test_transaction_is_repeated_after_a_conflict() -> None:
    client = ScriptedDynamoDB(
        Cancelled("None", "TransactionConflict"), InProgress(), Cancelled("ThrottlingError", "None")
    )
    waits: list[float] = []
    assert transaction(client, waits).commit() == ()
    assert len(client.calls) == 4
    assert len(waits) == 3
    assert all(0 <= wait <= 0.4 for wait in waits)


def test_failed_condition_is_final_despite_other_conflicts() -> None:
    client = ScriptedDynamoDB(Cancelled("TransactionConflict", "ConditionalCheckFailed"))
    refusals = transaction(client, []).commit()
    assert [refusal.code for refusal in refusals] == ["TransactionConflict", "ConditionalCheckFailed"]
    assert cancellation(refusals) is refusals[1]
    assert len(client.calls) == 1


def test_repeated_conflicts_raise_contended() -> None:
    client = ScriptedDynamoDB(*[Cancelled("TransactionConflict", "None")] * ATTEMPTS)
    with pytest.raises(Contended, match=r"Reserving stock: other transactions were in the way 8 times"):
        transaction(client, []).commit()


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_other_cancellation_reasons_are_not_retried(code: str) -> None:
    client = ScriptedDynamoDB(Cancelled("None", code))
    with pytest.raises(Cancelled):
        transaction(client, []).commit()
    assert len(client.calls) == 1


def test_cancellation_without_reasons_is_no_conflict() -> None:
    class Bare(Cancelled):
        def __init__(self) -> None:
            super().__init__()
            self.response = {}

    with pytest.raises(Bare):
        transaction(ScriptedDynamoDB(Bare()), []).commit()
