"""What handing on messages costs on AWS, by the price file alone."""

from __future__ import annotations

from decimal import Decimal
from math import ceil

from compare.prices import PriceBook

DAY = 86_400
SHARD_RECORDS = 1000
"""Records a second that a shard takes, at 1 KB each."""

CALLS = 3
"""Of SQS for a message: to send it, to receive it, to delete it."""


def queue(book: PriceBook, price: str, rate: int, batch: int) -> Decimal:
    """Return dollars a day of a queue that carries ``rate`` messages of 1 KB a second.

    Examples
    --------
    >>> from compare.prices import read_prices
    >>> round(queue(read_prices("us-east-1"), "sqs.request", 100, 10), 3)
    Decimal('1.037')
    """
    return Decimal(rate * DAY * CALLS) / batch * book[price].each


def stream(book: PriceBook, rate: int) -> Decimal:
    """Return dollars a day of a provisioned stream with as many shards as ``rate`` records of 1 KB need.

    Examples
    --------
    >>> from compare.prices import read_prices
    >>> stream(read_prices("us-east-1"), 1)
    Decimal('0.361209600')
    """
    shards = max(1, ceil(rate / SHARD_RECORDS))
    return 24 * shards * book["kinesis.shard-hour"].each + rate * DAY * book["kinesis.put"].each


def crossover(book: PriceBook, batch: int) -> int:
    """Return from which rate, in messages a second, a stream of one shard is cheaper than a standard queue.

    Examples
    --------
    >>> from compare.prices import read_prices
    >>> crossover(read_prices("us-east-1"), 10)
    40
    """
    return next(
        rate
        for rate in range(1, SHARD_RECORDS)
        if stream(book, rate) < queue(book, "sqs.request", rate, batch)
    )
