"""What a transaction's client request token was used for, as a digest.

MiniStack keeps each request for ten minutes, to recognise a repetition among requests with the same token.
A thousand orders' transactions took 35 MB so.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from localcloud.engine.ministack.dynamodb import DynamoDB
from localcloud.engine.patching import Function, Record


class Fingerprint(str):
    """The digest of a request, which equals the request itself.

    Examples
    --------
    >>> request = {"TransactItems": [{"Delete": {"TableName": "orders"}}]}
    >>> signature = fingerprint(request)
    >>> signature == request, signature == {"TransactItems": []}, len(signature)
    (True, False, 64)
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, fingerprint(other) if isinstance(other, dict) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def fingerprint(request: Record) -> Fingerprint:
    """Return the digest of a request as it came by JSON."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"))
    return Fingerprint(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def take_short_cuts() -> None:
    """Have MiniStack keep digests."""

    @DynamoDB.txn_token_store.wrap
    def _(before: Function) -> Function:
        def store(token: str, entry: Record) -> None:
            before(token, {**entry, "signature": fingerprint(entry["signature"])})

        return store

    @DynamoDB.txn_token_lookup.wrap
    def _(before: Function) -> Function:
        def find(token: str) -> Any:
            entry = before(token)
            if entry is None or type(entry["signature"]) is Fingerprint:
                return entry
            # From before a stop: as text, or whole as an older version wrote it.
            signature = entry["signature"]
            return {**entry, "signature": Fingerprint(signature) if isinstance(signature, str) else signature}

        return find
