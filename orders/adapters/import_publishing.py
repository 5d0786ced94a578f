"""``publishImport``, signed with the function's role: always with the whole selection."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from orders.adapters.http import HttpPool, Response
from orders.adapters.signing import Role, Signer
from orders.errors import PublishFailed
from orders.imports.model import Import, RefusedLine
from orders.imports.views import progress_view

SECONDS = 5.0
SELECTION = (
    *("id", "customerId", "status", "version", "reason", "detail", "lines"),
    *("accepted", "repeated", "refused", "at", "refusals { line code reason }"),
)
MUTATION = (
    "mutation PublishImport($input: ImportProgressInput!) "
    f"{{ publishImport(input: $input) {{ {' '.join(SELECTION)} }} }}"
)


class AppSyncProgress:
    """Notifies the subscribers of one AppSync API.

    Parameters
    ----------
    url, region : str
        Of the API.
    role : Role, optional
        Who signs.
    """

    def __init__(self, url: str, region: str, role: Role | None = None) -> None:
        self._url = url
        self._pool = HttpPool(url)
        self._signer = Signer("appsync", region, role)

    def publish(self, state: Import, refusals: Iterable[RefusedLine]) -> None:
        """Publish how far an import is."""
        view = progress_view(state, list(refusals))
        # What is not there is sent as no field: a null is a value of its own to AppSync.
        variables = {name: value for name, value in view.items() if value is not None}
        body = json.dumps({"query": MUTATION, "variables": {"input": variables}}, separators=(",", ":"))
        headers = self._signer.sign(self._url, body.encode(), {"content-type": "application/json"})
        _check(self._pool.post(body.encode(), headers, deadline=time.monotonic() + SECONDS))

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()


def _check(response: Response) -> None:
    """Raise unless the mutation was carried out: a 200 may carry ``errors`` all the same."""
    try:
        answer = json.loads(response.body)
    except ValueError:
        answer = None
    data = answer.get("data") if isinstance(answer, dict) else None
    if response.status == 200 and isinstance(data, dict) and data.get("publishImport") is not None:
        return
    errors = answer.get("errors") if isinstance(answer, dict) else None
    raise PublishFailed(f"AppSync answered {response.status}: {str(errors)[:200]}")
