"""S3: what an address's signature covers and when it holds; what S3 says where it does not.

Source: "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" and "Signing and
authenticating REST requests (AWS signature version 2)" in the S3 API reference.
"""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta

from localcloud.engine.patching import Record

LONGEST = timedelta(days=7)
# How far a client's clock may be ahead of S3's.
AHEAD = timedelta(minutes=15)
# The sub-resources and overrides that a signature of version 2 covers.
COVERED = frozenset(
    {
        *(
            "acl",
            "accelerate",
            "analytics",
            "cors",
            "delete",
            "inventory",
            "lifecycle",
            "location",
            "logging",
        ),
        *("metrics", "notification", "partNumber", "policy", "replication", "requestPayment", "restore"),
        *("select", "select-type", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning"),
        *("versions", "website", "response-cache-control", "response-content-disposition"),
        *("response-content-encoding", "response-content-language", "response-content-type"),
        "response-expires",
    }
)


class PresignedRefused(Exception):
    """The address is not taken: S3's code and words, its status, and what else its document holds."""

    def __init__(self, code: str, message: str, status: int = 403, **extra: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.extra = {name.replace("_", "-"): value for name, value in extra.items()}


MISMATCH = (
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method.",
)


def check_time(stamp: str, expires: str, now: datetime) -> None:
    """Demand that an address of version 4 is used in its time.

    Raises
    ------
    Refused
        Its time is no time, longer than a week, over, or not yet begun.

    Examples
    --------
    >>> check_time("20260101T000000Z", "60", datetime(2026, 1, 1, 0, 0, 59, tzinfo=UTC))
    """
    malformed = "AuthorizationQueryParametersError"
    try:
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise PresignedRefused(
            malformed, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", 400
        ) from None
    if expires.startswith("-") and expires[1:].isdigit():
        raise PresignedRefused(malformed, "X-Amz-Expires must be non-negative", 400)
    if not (expires.isascii() and expires.isdigit()):
        raise PresignedRefused(malformed, "X-Amz-Expires should be a number", 400)
    if len(expires) > 7 or timedelta(seconds=int(expires)) > LONGEST:
        week = int(LONGEST.total_seconds())
        raise PresignedRefused(
            malformed,
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be "
            f"less than {week} seconds",
            400,
        )
    if signed_at - now > AHEAD:
        raise PresignedRefused("AccessDenied", "Request is not yet valid")
    until = signed_at + timedelta(seconds=int(expires))
    if now > until:
        raise PresignedRefused(
            "AccessDenied",
            "Request has expired",
            X_Amz_Expires=expires,
            Expires=f"{until:%Y-%m-%dT%H:%M:%SZ}",
            ServerTime=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        )


def check_headers(headers: Record, signed: str) -> None:
    """Demand that S3's own headers are signed: otherwise any holder of the address could add some.

    Examples
    --------
    >>> check_headers({"host": "h", "x-amz-acl": "public-read"}, "host;x-amz-acl")
    """
    names = set(signed.lower().split(";"))
    own = {name.lower() for name in headers if name.lower().startswith("x-amz-")}
    unsigned = sorted(own - names - {"x-amz-content-sha256", "x-amz-date"})
    if unsigned:
        raise PresignedRefused(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(unsigned),
        )


def signature_2(secret: str, method: str, path: str, headers: Record, query: dict[str, str]) -> str:
    """Return the signature of version 2 of an address.

    Parameters
    ----------
    path
        As it was sent, encoded.
    """
    own: dict[str, str] = {}
    for name, value in [*headers.items(), *query.items()]:
        if name.lower().startswith("x-amz-"):
            own[name.lower()] = " ".join(str(value).split())
    resources = sorted(name for name in query if name in COVERED)
    subresources = "&".join(f"{name}={query[name]}" if query[name] else name for name in resources)
    text = "\n".join(
        (
            method,
            str(headers.get("content-md5") or query.get("content-md5", "")),
            str(headers.get("content-type") or query.get("content-type", "")),
            query["Expires"],
            *(f"{name}:{own[name]}" for name in sorted(own)),
            path + (f"?{subresources}" if subresources else ""),
        )
    )
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()
