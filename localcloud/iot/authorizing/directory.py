"""Which authorizers there are: read from the engine's control plane when one is needed, and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from localcloud.aws import EngineAddress
from localcloud.iot.authorizing.errors import NoAnswer, NotAuthorized
from localcloud.iot.authorizing.model import Authorizer
from localcloud.iot.authorizing.permissions import may_invoke
from localcloud.iot.policies.documents import JSON

_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)


class Directory(Protocol):
    """Finds authorizers."""

    async def find(self, name: str | None) -> Authorizer:
        """Return the authorizer of this name, the account's default one for None.

        Raises
        ------
        NotAuthorized
            There is none, or AWS IoT may not invoke its function.
        """


class EngineDirectory:
    """The engine's authorizers."""

    def __init__(self, engine: EngineAddress) -> None:
        self._engine = engine
        self._cached: dict[str | None, Authorizer] = {}

    def forget(self) -> None:
        """Read everything again: something changed in the control planes."""
        self._cached.clear()

    async def find(self, name: str | None) -> Authorizer:
        """Return an authorizer; see `Directory`."""
        cached = self._cached.get(name)
        if cached is not None:
            return cached
        path = "/default-authorizer" if name is None else f"/authorizer/{quote(name, safe='')}"
        document = await self._read(path, "iot")
        if document is None:
            raise NotAuthorized("there is no such authorizer" if name else "there is no default authorizer")
        authorizer = Authorizer.parse(document.get("authorizerDescription"))
        function = quote(authorizer.function_arn, safe="")
        permissions = await self._read(f"/2015-03-31/functions/{function}/policy", "lambda")
        policy = (permissions or {}).get("Policy")
        if not may_invoke(policy if isinstance(policy, str) else None, authorizer, self._engine.account):
            raise NotAuthorized(
                f"the function of {authorizer.name} has no permission that lets iot.amazonaws.com invoke it "
                f"for {authorizer.arn} (AWS::Lambda::Permission)"
            )
        self._cached[name] = authorizer
        return authorizer

    async def any(self) -> bool:
        """Return whether there is an authorizer.

        Raises
        ------
        NoAnswer
        """
        document = await self._read("/authorizers/", "iot")
        return bool((document or {}).get("authorizers"))

    async def _read(self, path: str, service: str) -> Mapping[str, JSON] | None:
        """Return a document of a control plane, None where there is none."""
        url = f"{self._engine.endpoint}{path}"
        headers = self._engine.signed("GET", url, b"", {}, service=service, region=self._engine.region)
        try:
            # The path is encoded already, as it was signed.
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.get(URL(url, encoded=True), headers=headers) as answer,
            ):
                body = await answer.text()
                if answer.status == 404:
                    return None
                document: JSON = json.loads(body) if answer.status == 200 else None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            raise NoAnswer(f"the engine did not answer ({type(problem).__name__})") from None
        if not isinstance(document, Mapping):
            raise NotAuthorized(f"the engine answered {answer.status} to {path}")
        return document
