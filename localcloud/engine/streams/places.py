"""Where a stream is, from its ARN."""

from __future__ import annotations


def place_of(arn: str) -> tuple[str, str]:
    """Return account and Region of an ARN.

    Examples
    --------
    >>> place_of("arn:aws:kinesis:us-east-1:000000000000:stream/s")
    ('000000000000', 'us-east-1')
    """
    parts = [*arn.split(":"), *[""] * 5]
    return parts[4], parts[3]
