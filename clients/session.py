"""One HTTP session with the companion: shows the token, repeats what got no answer, types what went wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp

from clients import reading
from clients.auth import MAX_REFUSED, Token, TokenSource
from clients.backoff import Backoff
from clients.errors import NotSignedIn, Unavailable
from clients.problems import from_response
from clients.traffic import Traffic, trace


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Mapping[str, object] | None
    order_id: str | None


@dataclass(frozen=True, slots=True)
class RestResponse:
    """A good answer, or one that says that nothing changed."""

    status: int
    headers: Mapping[str, str]
    text: str

    def document(self) -> dict[str, object]:
        """Return the body, which is to be a JSON object."""
        return reading.document(self.text, "the answer's body")


class Session:
    """A session to open and close; see ``RestClient`` for the parameters."""

    def __init__(
        self,
        base: str,
        tokens: TokenSource,
        *,
        attempts: int,
        traffic: Traffic,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._base = base.rstrip("/")
        self._tokens = tokens
        self._attempts = attempts
        self._traffic = traffic
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make ready to send."""
        self._session = aiohttp.ClientSession(
            # Who follows many orders bounds itself; a waiting request must not hold up another.
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=30),
            trace_configs=[trace(self._traffic)],
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(
        self,
        method: str,
        path: str,
        *,
        order_id: str | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        token: Token | None = None,
    ) -> RestResponse:
        """Send a request; with ``token`` show that one, and raise when it is refused.

        Raises
        ------
        OrderwireError
            As the answer says, or ``Unavailable`` when there is none.
        """
        request = _Request(method, self._base + path, dict(query or {}), dict(headers or {}), body, order_id)
        backoff = Backoff(base=0.2, cap=5.0)
        refused: Token | None = None
        failures = refusals = 0
        while True:
            shown = token or await self._tokens.token(refused=refused)
            try:
                return await self._once(request, shown)
            except Unavailable as error:
                failures += 1
                if failures >= self._attempts:
                    raise
                await self._sleep(max(backoff.next(), error.retry_after or 0.0))
            except NotSignedIn:
                # The token looked good and was refused: a pool may revoke, clocks may differ.
                refusals += 1
                if token is not None or refusals == MAX_REFUSED:
                    raise
                refused = shown

    async def _once(self, request: _Request, token: Token) -> RestResponse:
        assert self._session is not None, "used outside of `async with`"
        headers = {**request.headers, "Authorization": f"Bearer {token.identity}"}
        try:
            async with self._session.request(
                request.method, request.url, params=request.query, headers=headers, json=request.body
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"{self._base} does not answer ({type(error).__name__}).") from None
        if response.status >= 400:
            raise from_response(response.status, response.headers, text, order_id=request.order_id)
        return RestResponse(response.status, response.headers, text)
