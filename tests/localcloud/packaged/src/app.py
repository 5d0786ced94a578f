"""Answers a resolver and API Gateway alike, with what its layer says."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> Any:
    """Return the layer's word."""
    from common import WORD  # type: ignore[import-not-found]

    return {"statusCode": 200, "body": WORD} if "httpMethod" in event else WORD
