"""The master key of webhooks, from Secrets Manager: read when first needed, and again now and then."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

from orders.adapters.endpoints import service_endpoint
from orders.adapters.http import HttpPool
from orders.adapters.signing import Role, Signer
from orders.errors import ConfigurationError, PublishError, TryAgain

SECONDS = 2.0
LIFE = 900.0
"""Seconds that a key is used before it is read again."""

SHORTEST = 32
"""Characters of a key that is taken."""


class SecretsManagerKey:
    """Keeps ``orders.webhooks.ports.MasterKey``. Threads may share it.

    Parameters
    ----------
    arn, region : str
        The secret, and where it is.
    role : Role, optional
        Who signs.
    clock : callable
        Seconds that only go up.
    """

    def __init__(
        self,
        arn: str,
        region: str,
        role: Role | None = None,
        *,
        endpoint: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._arn = arn
        self._pool = HttpPool(endpoint or service_endpoint("secretsmanager", region))
        self._url = f"{self._pool.origin}{self._pool.path}"
        self._signer = Signer("secretsmanager", region, role)
        self._clock = clock
        self._lock = threading.Lock()
        self._key: bytes | None = None
        self._read_at = 0.0

    def read(self) -> bytes:
        """Return the key.

        Raises
        ------
        TryAgain
            Secrets Manager does not answer.
        ConfigurationError
            The secret is not there, not for this function, or no key.
        """
        with self._lock:
            now = self._clock()
            if self._key is None or now - self._read_at > LIFE:
                self._key, self._read_at = self._fetch(), now
            return self._key

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()

    def _fetch(self) -> bytes:
        body = json.dumps({"SecretId": self._arn}).encode()
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "secretsmanager.GetSecretValue",
        }
        signed = self._signer.sign(self._url, body, headers)
        try:
            answer = self._pool.post(body, signed, deadline=time.monotonic() + SECONDS)
        except PublishError as error:
            raise TryAgain(f"Secrets Manager: {error}") from error
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        if answer.status >= 500 or not isinstance(document, dict):
            raise TryAgain(f"Secrets Manager answered {answer.status}.")
        value = document.get("SecretString")
        if answer.status != 200 or not isinstance(value, str) or len(value) < SHORTEST:
            # Never the document itself: it may hold the key.
            raise ConfigurationError(
                f"Secrets Manager answered {answer.status}: {document.get('__type') or 'no key'}."
            )
        return value.encode()
