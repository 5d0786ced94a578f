"""The calls that fail by chance: documents for the local cloud's ``--faults``."""

from __future__ import annotations

import random

Fault = dict[str, object]

# What an order goes through: service, operations, and how each may fail.
CALLS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "dynamodb",
        ("UpdateItem", "TransactWriteItems", "PutItem"),
        ("drop-answer", "throttle", "error", "duplicate"),
    ),
    ("dynamodb", ("GetItem", "BatchGetItem", "Query"), ("drop-answer", "throttle", "error")),
    ("states", ("StartExecution",), ("drop-answer", "throttle", "error", "duplicate")),
    ("sqs", ("SendMessage", "SendMessageBatch"), ("drop-answer", "error", "duplicate")),
    ("sqs", ("DeleteMessage", "DeleteMessageBatch"), ("drop-answer", "error")),
    ("lambda", ("Invoke",), ("drop-answer", "throttle", "duplicate")),
    (
        "lambda",
        ("CheckpointDurableExecution", "SendDurableExecutionCallbackSuccess"),
        ("drop-answer", "throttle", "error", "duplicate"),
    ),
    ("kinesis", ("PutRecords",), ("drop-answer", "throttle", "error", "duplicate")),
)
LEAST, MOST = 0.05, 0.20


def weather(seed: int, *, most: float = MOST) -> Fault:
    """Return the faults of a campaign: each operation fails at 5 to 20 percent in all.

    Parameters
    ----------
    most
        The highest rate of an operation, 0 to 1.

    Examples
    --------
    >>> document = weather(1)
    >>> rates = {}
    >>> for fault in document["faults"]:
    ...     name = fault["service"], fault["operation"]
    ...     rates[name] = rates.get(name, 0) + fault["rate"]
    >>> all(0.05 <= rate <= 0.2 for rate in rates.values())
    True
    """
    chance = random.Random(seed)
    faults: list[Fault] = []
    for service, operations, kinds in CALLS:
        for operation in operations:
            rate = chance.uniform(min(LEAST, most), most)
            faults += [
                {
                    "service": service,
                    "operation": operation,
                    "kind": kind,
                    "rate": int(rate / len(kinds) * 1e4) / 1e4,
                }
                for kind in kinds
            ]
    return {"seed": seed, "faults": faults}


def renewed(document: Fault, outages: int) -> Fault:
    """Return the faults after so many outages: drawn on, since each start would begin with the same draws.

    Examples
    --------
    >>> document = weather(7)
    >>> [renewed(document, outages)["seed"] for outages in (0, 1, 2)]
    [7, 1000007, 2000007]
    """
    return {**document, "seed": int(str(document["seed"])) + 1_000_000 * outages}
