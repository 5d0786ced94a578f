"""Signature Version 4 of a request; who signs is botocore's to find, when the first request needs it.

botocore's own signature takes ten times as long, which a thousand pushes feel. A test compares the two.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from orders.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime

    from botocore.credentials import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"
_STAMP = "%Y%m%dT%H%M%SZ"
_TIME = "\0"  # where a request's time belongs: a header that is sent cannot have it


class Keys(NamedTuple):
    """An access key, its secret, and the token of a session."""

    access_key: str
    secret_key: str
    token: str | None

    def get_frozen_credentials(self) -> Keys:
        """Return these: they do not expire before the process does."""
        return self


def _in_environment(environment: Mapping[str, str] = os.environ) -> Keys | None:
    """Return the credentials that Lambda gives a function, where botocore's chain looks first as well.

    Examples
    --------
    >>> _in_environment({"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "s"})
    Keys(access_key='ASIA1', secret_key='s', token=None)
    """
    key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        return None
    return Keys(key, secret, environment.get("AWS_SESSION_TOKEN") or environment.get("AWS_SECURITY_TOKEN"))


class Role:
    """Whose credentials sign. Several signers may share one, and threads too: it is found once.

    Parameters
    ----------
    credentials : Keys, optional
        The function's environment has them, or botocore finds them, without.
    """

    def __init__(self, credentials: Keys | None = None) -> None:
        self._credentials: Credentials | Keys | None = credentials
        self._lock = threading.Lock()

    def credentials(self) -> Credentials | Keys:
        """Return the role's credentials; botocore renews them where they expire.

        Raises
        ------
        ConfigurationError
            When there are none.
        """
        with self._lock:
            if self._credentials is None:
                self._credentials = _in_environment()
            if self._credentials is None:
                from botocore.session import get_session  # noqa: PLC0415 - takes 100 ms

                self._credentials = get_session().get_credentials()
            if self._credentials is None:
                raise ConfigurationError("There are no AWS credentials in the function's environment.")
            return self._credentials


class Signer:
    """Signs requests to one AWS service with the function's own role.

    Parameters
    ----------
    service, region : str
        What the signature is scoped to, such as ``appsync`` and ``eu-west-1``.
    role : Role, optional
        Whose credentials; found for this signer alone without.
    """

    def __init__(self, service: str, region: str, role: Role | None = None) -> None:
        self._service = service
        self._region = region
        self._role = role or Role()

    def prepare(self) -> None:
        """Find the credentials.

        Raises
        ------
        ConfigurationError
            When there are none.
        """
        self._role.credentials()

    def sign(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        now: datetime | None = None,
        method: str = "POST",
    ) -> dict[str, str]:
        """Return ``headers`` of a request with those of its signature added.

        Parameters
        ----------
        url : str
            As it is sent, percent-encoded; a query's parameters stand in the order of their names.
        body : bytes
            What is sent.
        headers : mapping
            Names in lower case; all of them are signed.
        now : datetime, optional
            When it is sent, for tests.
        method : str
            The request's.
        """
        credentials = self._role.credentials().get_frozen_credentials()
        if not credentials.access_key or not credentials.secret_key:
            raise ConfigurationError("The AWS credentials in the function's environment are incomplete.")
        stamp = now.strftime(_STAMP) if now else time.strftime(_STAMP, time.gmtime())
        sent = {**headers, "x-amz-date": _TIME}
        if credentials.token:
            sent["x-amz-security-token"] = credentials.token
        form, names = _canonical(method, url, tuple(sent.items()))
        sent["x-amz-date"] = stamp
        request = form.replace(_TIME, stamp) + hashlib.sha256(body).hexdigest()
        scope = f"{stamp[:8]}/{self._region}/{self._service}/aws4_request"
        text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        keyed = _keyed(credentials.secret_key, stamp[:8], self._region, self._service).copy()
        keyed.update(text.encode())
        who = f"Credential={credentials.access_key}/{scope}"
        sent["authorization"] = f"{_ALGORITHM} {who}, SignedHeaders={names}, Signature={keyed.hexdigest()}"
        return sent


@lru_cache(maxsize=64)
def _canonical(method: str, url: str, headers: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Return a request as it is signed, up to its body's digest, and the names of its headers.

    Most differ from an earlier one in their time and their body alone.
    """
    parts = urlsplit(url)
    # Every service but S3 has the path encoded once more, as it stands in the request.
    path = quote(parts.path or "/", safe="/~")
    signed = sorted([*headers, ("host", parts.netloc)])
    names = ";".join([name for name, _ in signed])
    lines = "".join([f"{name}:{' '.join(value.split())}\n" for name, value in signed])
    return f"{method}\n{path}\n{parts.query}\n{lines}\n{names}\n", names


@lru_cache(maxsize=8)
def _keyed(secret: str, day: str, region: str, service: str) -> hmac.HMAC:
    """Return the beginning of each signature of a day: a copy goes on with what is signed."""
    return hmac.new(signing_key(secret, day, region, service), digestmod="sha256")


def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """Return the key that signs for one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
