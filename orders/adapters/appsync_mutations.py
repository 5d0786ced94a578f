"""Mutations of the GraphQL API that the backend alone may call, signed with the function's role."""

from __future__ import annotations

import json
from collections.abc import Mapping

from orders.adapters.http import HttpPool, Response
from orders.adapters.signing import Role, Signer
from orders.errors import PublishFailed

# As in `dynamodb_http`: made once.
_encode = json.JSONEncoder(separators=(",", ":")).encode


class AppSyncMutation:
    """One mutation with one argument, `input`. Threads may share it.

    A subscriber is sent no field that the publisher did not select, so the selection is always whole.

    Parameters
    ----------
    field : str
        The mutation's, such as ``publishOrderStatus``.
    document : str
        The operation, which has one variable, `input`.
    url : str
        The API's GraphQL address.
    region : str
        The region that the API is in.
    role : Role, optional
        Who signs.
    """

    def __init__(self, field: str, document: str, url: str, region: str, role: Role | None = None) -> None:
        self._field = field
        self._document = document
        self._url = url
        self._pool = HttpPool(url)
        self._signer = Signer("appsync", region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._signer.prepare()

    def call(self, value: Mapping[str, object], *, deadline: float) -> None:
        """Carry it out before `deadline`, a reading of ``time.monotonic()``.

        Raises
        ------
        PublishFailed, PublishLate
        """
        document = {"query": self._document, "variables": {"input": value}}
        body = _encode(document).encode()
        headers = self._signer.sign(self._url, body, {"content-type": "application/json"})
        self._check(self._pool.post(body, headers, deadline=deadline))

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()

    def _check(self, response: Response) -> None:
        """Raise unless the mutation was carried out: a 200 may carry ``errors`` all the same."""
        try:
            answer = json.loads(response.body)
        except ValueError:
            answer = None
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if errors:
            first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
            reason = f"{first.get('errorType')}: {first.get('message')}"
            raise PublishFailed(f"AppSync answered {response.status} with errors, the first {reason[:200]}")
        if response.status != 200 or not isinstance(answer, dict):
            raise PublishFailed(f"AppSync answered {response.status}")
        data = answer.get("data")
        if not isinstance(data, dict) or data.get(self._field) is None:
            raise PublishFailed("AppSync answered 200 without the published change")
