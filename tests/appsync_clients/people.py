"""Whose credentials the clients bring: keys, and an issuer of tokens whose public keys are served."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from tests.appsync.endpoint_support import Pool
from tests.appsync_clients.api import ACCOUNT, API_KEY, OPEN_ID_CLIENT, POOL


@dataclass(frozen=True)
class Keys:
    """What IAM's users sign with."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


ADMINISTRATOR: Final = Keys(ACCOUNT, "the-administrators-secret")
TEMPORARY: Final = Keys("ASIATEMPORARY", "the-workers-secret", "the-workers-session/+=")


PASSWORD: Final = "the-word-at-the-door"
"""What the Lambda authorizer expects."""


@dataclass(frozen=True)
class Issuer:
    """A user pool and an OpenID provider, whose keys are found at ``address``."""

    address: str
    pool: Pool

    def user_token(self, **claims: str | None) -> str:
        """Return an access token of the user pool."""
        named: dict[str, Any] = dict(claims)
        return self.pool.token(use="access", **named)

    def open_id_token(self, **claims: str | None) -> str:
        """Return a token of the OpenID provider."""
        base: dict[str, Any] = {"iss": self.address, "aud": OPEN_ID_CLIENT, "token_use": None}
        return self.pool.token(**(base | claims))


def brought(mode: str, issuer: Issuer) -> dict[str, Any]:
    """Return the credential of a mode, as the scripts take it."""
    if mode == "API_KEY":
        return {"apiKey": API_KEY}
    if mode == "AWS_IAM":
        keys = {"accessKeyId": TEMPORARY.access_key_id, "secretAccessKey": TEMPORARY.secret_access_key}
        return {"credentials": {**keys, "sessionToken": TEMPORARY.session_token}}
    if mode == "AMAZON_COGNITO_USER_POOLS":
        return {"token": issuer.user_token()}
    return {"token": issuer.open_id_token() if mode == "OPENID_CONNECT" else PASSWORD}


@contextmanager
def issuer() -> Iterator[Issuer]:
    """Serve an issuer's keys from a thread, so that they outlive the API's process."""
    pool = Pool()
    keys = f"/{POOL}/.well-known/jwks.json"
    documents: dict[str, object] = {keys: pool.jwks()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = documents.get(self.path)
            body = json.dumps(document).encode()
            self.send_response(404 if document is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"
    documents["/.well-known/openid-configuration"] = {"issuer": address, "jwks_uri": address + keys}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Issuer(address, pool)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
