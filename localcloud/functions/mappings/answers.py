"""What a function's answer says of its batch: ReportBatchItemFailures.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
from collections.abc import Collection


def failed_items(payload: bytes, identifiers: Collection[str]) -> frozenset[str] | None:
    """Return the identifiers of the items that failed.

    Parameters
    ----------
    payload : bytes
        The function's answer.
    identifiers : collection of str
        The batch's identifiers: message ids, or sequence numbers.

    Returns
    -------
    frozenset or None
        None: the answer is not one, so the whole batch counts as failed. That is so where it is no
        JSON object, an identifier is missing, empty or no string, or names no item of the batch.

    Examples
    --------
    >>> sorted(failed_items(b'{"batchItemFailures":[{"itemIdentifier":"b"}]}', ["a", "b"]))
    ['b']
    >>> failed_items(b'null', ["a"])
    frozenset()
    """
    try:
        answer = json.loads(payload or b"null")
    except (ValueError, RecursionError):
        return None
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else answer
    if failures is None:  # no answer, or one that names no failures
        return frozenset()
    if not isinstance(answer, dict) or not isinstance(failures, list):
        return None
    failed = set()
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if not isinstance(identifier, str) or identifier not in identifiers:
            return None
        failed.add(identifier)
    return frozenset(failed)
