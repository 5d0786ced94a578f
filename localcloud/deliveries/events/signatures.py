"""SigV4 signatures for what rules call over HTTP."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from localcloud.aws import Credentials
from localcloud.aws.signing import ALGORITHM, digest, is_plain, signing_key
from localcloud.aws.signing import signed as signed_plainly
from localcloud.deliveries.events.interfaces import WebRequest

_UNRESERVED: Final = "-_.~"


def signed(
    request: WebRequest, credentials: Credentials, *, service: str, region: str, now: float | None = None
) -> WebRequest:
    """Return a request with a signature.

    Parameters
    ----------
    now
        Seconds since 1970.
    """
    parts = urlsplit(request.url)
    path = parts.path or "/"
    if is_plain(path) and not parts.query:
        headers = signed_plainly(
            request.method,
            parts.netloc,
            path,
            request.body,
            request.headers,
            credentials=credentials,
            service=service,
            region=region,
            now=now,
        )
        return replace(request, headers=headers)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    pairs = sorted(
        (quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED))
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    query = "&".join(f"{name}={value}" for name, value in pairs)
    # The path is encoded once more: it has its own encoding already.
    canonical = quote(path, safe=f"/{_UNRESERVED}")
    names = "host;x-amz-date"
    lines = f"host:{parts.netloc}\nx-amz-date:{stamp}\n"
    payload = hashlib.sha256(request.body).hexdigest()
    described = f"{request.method}\n{canonical}\n{query}\n{lines}\n{names}\n{payload}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    key = signing_key(credentials.secret_access_key, stamp[:8], region, service)
    text = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(described.encode()).hexdigest()}"
    credential = f"{credentials.access_key_id}/{scope}"
    authorization = (
        f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={digest(key, text).hex()}"
    )
    headers = {**request.headers, "X-Amz-Date": stamp, "Authorization": authorization}
    return replace(request, headers=headers)
