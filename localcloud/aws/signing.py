"""AWS Signature Version 4 for the requests that are sent again and again: a path without a query.

botocore signs any request; that takes a quarter of a millisecond, mostly to bring into its canonical form
what is in it already. Source: "Create a signed AWS API request" in the IAM user guide.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from localcloud.aws.address import Credentials

ALGORITHM: Final = "AWS4-HMAC-SHA256"
# What needs no encoding, and no dots or slashes taken out.
_PLAIN_PATH: Final = re.compile(r"/(?:[A-Za-z0-9_~-]+(?:/[A-Za-z0-9_~-]+)*/?)?")
# What botocore does not sign: it may change on the way.
_UNSIGNED: Final = frozenset(
    {
        *("connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"),
        *("trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"),
    }
)


def digest(key: bytes, text: str) -> bytes:
    """Return the HMAC-SHA256 of a text."""
    return hmac.digest(key, text.encode(), "sha256")


@lru_cache(maxsize=256)
def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """Return the key that a secret signs with on one day: kept, for a fan-out signs a thousand requests."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = digest(key, part)
    return key


@lru_cache(maxsize=4)
def _stamp(second: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))


def is_plain(path: str) -> bool:
    """Return whether a path is its own canonical form.

    Examples
    --------
    >>> [is_plain(path) for path in ("/", "/2015-03-31/functions", "/a//b", "/a%20b", "/a/../b")]
    [True, True, False, False, False]
    """
    return _PLAIN_PATH.fullmatch(path) is not None


def signed(
    method: str,
    host: str,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    credentials: Credentials,
    service: str,
    region: str,
    query: str = "",
    now: float | None = None,
) -> dict[str, str]:
    """Return the headers of a request with those of a signature.

    Parameters
    ----------
    path
        Plain (`is_plain`), without a query.
    query
        In its canonical form: encoded, and in the order of the names.
    headers
        What is sent; each is signed but those that may change on the way.
    now
        Seconds since the epoch.
    """
    stamp = _stamp(int(time.time() if now is None else now))
    day = stamp[:8]
    canonical = {"host": host, "x-amz-date": stamp}
    sent: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        if key in {"x-amz-date", "authorization"}:
            continue
        sent[name] = value
        if key not in _UNSIGNED:
            text = " ".join(value.split())
            canonical[key] = f"{canonical[key]},{text}" if key in canonical else text
    if credentials.session_token is not None:
        sent["X-Amz-Security-Token"] = canonical["x-amz-security-token"] = credentials.session_token
    names = sorted(canonical)
    signed_names = ";".join(names)
    lines = "".join(f"{name}:{canonical[name]}\n" for name in names)
    payload = canonical.get("x-amz-content-sha256")
    if payload is None:
        payload = hashlib.sha256(body).hexdigest()
    request = f"{method}\n{path}\n{query}\n{lines}\n{signed_names}\n{payload}"
    scope = f"{day}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(request.encode("utf-8", "surrogateescape")).hexdigest()
    key_of_day = signing_key(credentials.secret_access_key, day, region, service)
    signature = digest(key_of_day, f"{ALGORITHM}\n{stamp}\n{scope}\n{hashed}").hex()
    authorization = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={signed_names}, Signature={signature}"
    )
    return {**sent, "X-Amz-Date": stamp, "Authorization": authorization}
