"""AWS Signature Version 4 in a query string: for clients that cannot set headers, as a browser's WebSocket.

Source: "Create a signed AWS API request" in the IAM user guide, and "MQTT over the WebSocket protocol" in the
AWS IoT developer guide: there a session's token is added after the rest was signed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from localcloud.auth.errors import SignatureInvalid
from localcloud.auth.principals import Principal
from localcloud.auth.sigv4 import MAX_SKEW, SignedRequest, canonical_request
from localcloud.aws.signing import ALGORITHM, digest, signing_key

_LONGEST: Final = timedelta(days=7)
_TOKEN: Final = "x-amz-security-token"  # noqa: S105 - a parameter's name


def is_presigned(query: str) -> bool:
    """Return whether a query string holds a Signature Version 4."""
    return any(name.lower() == "x-amz-signature" for name, _ in parse_qsl(query, keep_blank_values=True))


def verify_presigned(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    *,
    find: Callable[[str], Principal | None],
    region: str,
    service: str,
    now: datetime | None = None,
) -> Principal:
    """Return the signer of an address.

    Parameters
    ----------
    path, query
        As they were sent.
    headers
        Names in lower case; ``host`` has to be signed.

    Raises
    ------
    SignatureInvalid
        When the key is unknown, the signature is another's, or its time is over.
    """
    parameters = {name.lower(): value for name, value in parse_qsl(query, keep_blank_values=True)}
    if parameters.get("x-amz-algorithm") != ALGORITHM:
        raise SignatureInvalid(f"The address is not signed with {ALGORITHM}.")
    scope = parameters.get("x-amz-credential", "").split("/")
    if len(scope) != 5 or tuple(scope[2:]) != (region, service, "aws4_request"):
        raise SignatureInvalid(
            f"Credential should be scoped to a valid region and service: {region}/{service}."
        )
    principal = find(scope[0])
    token = parameters.get(_TOKEN, "")
    if principal is None or not hmac.compare_digest(token.encode(), (principal.session_token or "").encode()):
        raise SignatureInvalid("The security token included in the request is invalid.")
    stamp = parameters.get("x-amz-date", "")
    _check_time(stamp, scope[1], parameters.get("x-amz-expires"), now or datetime.now(UTC))
    names = parameters.get("x-amz-signedheaders", "").lower().split(";")
    if "host" not in names:
        raise SignatureInvalid("'Host' must be a signed header.")
    key = signing_key(principal.secret_access_key, scope[1], region, service)
    for left_out in ({"x-amz-signature"}, {"x-amz-signature", _TOKEN}):
        signed = "&".join(part for part in query.split("&") if part.partition("=")[0].lower() not in left_out)
        request = canonical_request(SignedRequest(method, path, signed, headers, b""), names)
        hashed = hashlib.sha256(request.encode(errors="surrogatepass")).hexdigest()
        text = "\n".join((ALGORITHM, stamp, "/".join(scope[1:]), hashed))
        if hmac.compare_digest(
            digest(key, text).hex().encode(), parameters.get("x-amz-signature", "").encode()
        ):
            return principal
    raise SignatureInvalid("The request signature we calculated does not match the signature you provided.")


def _check_time(stamp: str, day: str, expires: str | None, now: datetime) -> None:
    """Demand that an address is used in its time: five minutes where it names none."""
    try:
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        life = MAX_SKEW if expires is None else timedelta(seconds=int(expires))
    except (ValueError, OverflowError):
        raise SignatureInvalid("The address has no date, or no time that it holds for.") from None
    if stamp[:8] != day:
        raise SignatureInvalid(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date."
        )
    if not timedelta(0) <= life <= _LONGEST or now > signed_at + life or signed_at - now > MAX_SKEW:
        raise SignatureInvalid(f"Signature expired or not yet current: it is dated {stamp}.")
