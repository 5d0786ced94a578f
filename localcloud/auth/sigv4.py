"""AWS Signature Version 4, verified: the signature is computed again from the known secret and compared.

Source: "Create a signed AWS API request" in the IAM user guide.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from localcloud.auth.errors import SignatureInvalid
from localcloud.auth.principals import Principal
from localcloud.aws.signing import ALGORITHM, digest, signing_key

MAX_SKEW: Final = timedelta(minutes=5)
_HEADER: Final = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<credential>[^,\s]+)\s*,\s*"
    r"SignedHeaders=(?P<signed>[^,\s]+)\s*,\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class SignedRequest(NamedTuple):
    """What was signed. Header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def is_signed(authorization: str) -> bool:
    """Return whether an ``Authorization`` header holds a Signature Version 4."""
    return authorization.startswith(ALGORITHM)


@lru_cache(maxsize=256)
def _canonical_path(path: str) -> str:
    return quote(path, safe="/-_.~") or "/"


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = [part.partition("=") for part in query.split("&") if part]
    return "&".join(
        sorted(f"{quote(unquote(k), safe='-_.~')}={quote(unquote(v), safe='-_.~')}" for k, _, v in pairs)
    )


def canonical_request(request: SignedRequest, signed_headers: list[str]) -> str:
    """Return the canonical form of a request, as both sides hash it."""
    headers = "".join(f"{n}:{' '.join(request.headers.get(n, '').split())}\n" for n in signed_headers)
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path),
            _canonical_query(request.query),
            headers,
            ";".join(signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


@lru_cache(maxsize=64)
def _parsed(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _moment(headers: Mapping[str, str]) -> datetime:
    try:
        return _parsed(headers.get("x-amz-date", ""))  # a fan-out signs many requests in one second
    except ValueError:
        raise SignatureInvalid(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
            error_type="IncompleteSignatureException",
        ) from None


def verify_signature(
    request: SignedRequest,
    *,
    find: Callable[[str], Principal | None],
    region: str,
    service: str,
    now: datetime | None = None,
) -> Principal:
    """Return the signer of the request.

    Raises
    ------
    SignatureInvalid
        When the key is unknown, the signature is another's, or is older or newer than 5 minutes ago or ahead.
    """
    form = _HEADER.fullmatch(request.headers.get("authorization", "").strip())
    scope = form["credential"].split("/") if form else []
    if form is None or len(scope) != 5:
        raise SignatureInvalid(
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
            error_type="IncompleteSignatureException",
        )
    access_key_id, day, scope_region, scope_service, terminator = scope
    principal = find(access_key_id)
    if principal is None or not _same_token(principal, request.headers):
        raise SignatureInvalid(
            "The security token included in the request is invalid.",
            error_type="UnrecognizedClientException",
        )
    if (scope_region, scope_service, terminator) != (region, service, "aws4_request"):
        raise SignatureInvalid(
            f"Credential should be scoped to a valid region and service: {region}/{service}."
        )
    moment = _moment(request.headers)
    if request.headers["x-amz-date"][:8] != day:
        raise SignatureInvalid(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date."
        )
    if abs((now or datetime.now(UTC)) - moment) > MAX_SKEW:
        raise SignatureInvalid(f"Signature expired or not yet current: it is dated {moment:%Y%m%dT%H%M%SZ}.")
    signed_headers = form["signed"].lower().split(";")
    if "host" not in signed_headers:
        raise SignatureInvalid("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    key = signing_key(principal.secret_access_key, day, region, service)
    # A header may contain what has no UTF-8: such a request has no valid signature.
    canonical = canonical_request(request, signed_headers).encode(errors="surrogatepass")
    hashed = hashlib.sha256(canonical).hexdigest()
    text = "\n".join((ALGORITHM, request.headers["x-amz-date"], "/".join(scope[1:]), hashed))
    if not hmac.compare_digest(digest(key, text).hex(), form["signature"]):
        # AWS quotes the canonical request here; it is left out, for it holds the session token.
        raise SignatureInvalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS "
            "Secret Access Key and signing method. Consult the service documentation for details."
        )
    return principal


def _same_token(principal: Principal, headers: Mapping[str, str]) -> bool:
    presented = headers.get("x-amz-security-token", "")
    return hmac.compare_digest(
        presented.encode(errors="surrogatepass"), (principal.session_token or "").encode()
    )
