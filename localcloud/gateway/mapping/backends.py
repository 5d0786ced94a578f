"""What is behind mapped integrations, called: services of AWS, functions, web addresses, mocks."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

import aiohttp
from yarl import URL

from localcloud.aws import Credentials, EngineAddress
from localcloud.contracts.mapping_templates import JSON
from localcloud.functions import RoleCredentials
from localcloud.gateway.errors import (
    BadConfiguration,
    BodyRefused,
    IntegrationTimedOut,
    IntegrationUnavailable,
    NotSupported,
)
from localcloud.gateway.invoking import FunctionInvoker
from localcloud.gateway.mapping.definition import (
    Backend,
    FunctionBackend,
    HttpBackend,
    MockBackend,
    ServiceBackend,
)
from localcloud.gateway.mapping.outgoing import APPLICATION_JSON, Outgoing, filled
from localcloud.gateway.mapping.query_answers import in_json
from localcloud.gateway.mapping.targets import QUERY, TARGETS
from localcloud.gateway.mapping.web import FindApi, Lead, lead
from localcloud.watchtower.traces.facade import trace_headers

log = logging.getLogger(__name__)
SESSION: Final = "BackplaneAssumeRoleSession"
"""The name of the sessions that API Gateway acts in."""
_ACTION_SECONDS: Final = 10.0
_STATUS: Final = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})\b""")
_NOT_PASSED: Final = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})


@dataclass(frozen=True)
class BackendAnswer:
    """What a backend answers.

    Attributes
    ----------
    outcome
        What the patterns of responses are matched with: the status, or a function's error message; None of a
        function that did not fail.
    """

    status: int
    headers: Mapping[str, list[str]]
    body: bytes
    outcome: str | None


class Backends:
    """Calls backends: services by the local account's own signature, at the engine.

    Parameters
    ----------
    find_api
        Where an API of API Gateway is served.
    roles
        Gives out the sessions of integrations' roles; None: all of them act as the account.
    """

    def __init__(
        self,
        engine: EngineAddress,
        functions: FunctionInvoker,
        find_api: FindApi = lambda _api_id: None,
        roles: RoleCredentials | None = None,
    ) -> None:
        self._engine = engine
        self._roles = roles
        self._functions = functions
        self._find_api = find_api
        self._session: aiohttp.ClientSession | None = None

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(
        self, backend: Backend, method: str, outgoing: Outgoing, body: bytes, seconds: float
    ) -> BackendAnswer:
        """Send a request, and return the answer.

        Raises
        ------
        IntegrationTimedOut, IntegrationUnavailable
            The backend does not answer in time, or not at all.
        NotSupported
            The request would leave the machine.
        BodyRefused
            A function's event is no JSON.
        BadConfiguration
            A mock chooses no status.
        """
        match backend:
            case ServiceBackend():
                return await self._service(backend, method, outgoing, body, seconds)
            case FunctionBackend(arn=arn):
                return await self._function(arn, outgoing, body, seconds)
            case HttpBackend(url=url):
                return await self.fetch(url, method, outgoing, body, seconds)
            case MockBackend():
                return _mock(body)

    async def action(self, service: str, action: str, members: Mapping[str, JSON]) -> int:
        """Call an action of a service, and return the answer's status. Raises as :meth:`send` does."""
        target, body = ServiceBackend(service, action=action), json.dumps(members, default=dict).encode()
        return (await self._service(target, "POST", Outgoing(), body, _ACTION_SECONDS)).status

    async def _service(
        self, target: ServiceBackend, method: str, outgoing: Outgoing, body: bytes, seconds: float
    ) -> BackendAnswer:
        query = {**outgoing.query}
        headers = {"Content-Type": APPLICATION_JSON, "Accept": APPLICATION_JSON}
        if target.action is not None and target.service in TARGETS:
            prefix, version = TARGETS[target.service]
            headers |= {
                "Content-Type": f"application/x-amz-json-{version}",
                "X-Amz-Target": f"{prefix}.{target.action}",
            }
        elif target.action is not None:
            query = {"Action": [target.action], **query}
        merged = Outgoing(outgoing.path, query, headers)
        for name, value in outgoing.headers.items():
            merged.put_header(name, value)
        url = filled(self._base(target) + (target.path or "/"), merged)
        signed = self._acting(target.role).signed(
            method, url, body, merged.headers, service=target.service, region=self._engine.region
        )
        answer = await self._requested(Lead(url), method, signed, body, seconds)
        if target.service in QUERY and merged.header("accept") == APPLICATION_JSON:
            return BackendAnswer(
                answer.status,
                answer.headers,
                in_json(answer.body.decode(errors="replace")).encode(),
                answer.outcome,
            )
        return answer

    def _acting(self, role: str) -> EngineAddress:
        """Return the engine as a role's session asks it."""
        if self._roles is None or ":role/" not in role:
            return self._engine
        session = self._roles.session(role, SESSION)
        keys = Credentials(session.access_key_id, session.secret_access_key, session.session_token)
        return replace(self._engine, credentials=keys)

    def _base(self, target: ServiceBackend) -> str:
        """Return the address of a service, or of the API or bucket that stands before its name."""
        match target:
            case ServiceBackend(service="execute-api", subdomain=api_id):
                address = self._find_api(api_id)
                if address is None:
                    raise IntegrationUnavailable
                return address
            case ServiceBackend(service="s3", subdomain=bucket) if bucket:
                return f"{self._engine.endpoint}/{bucket}"
        return self._engine.endpoint

    async def _function(self, arn: str, outgoing: Outgoing, body: bytes, seconds: float) -> BackendAnswer:
        event = body.strip() or b"{}"
        try:
            json.loads(event)
        except (ValueError, RecursionError) as problem:
            raise BodyRefused(f"Could not parse request body into json: {problem}") from None
        if outgoing.header("X-Amz-Invocation-Type") == "Event":
            path = ServiceBackend("lambda", path=f"/2015-03-31/functions/{quote(arn, safe='')}/invocations")
            return await self._service(path, "POST", outgoing, event, seconds)
        result = await self._functions.run(arn, event, seconds)
        headers = {"Content-Type": [APPLICATION_JSON]}
        if result.function_error is None:
            return BackendAnswer(200, headers, result.payload, None)
        headers["X-Amz-Function-Error"] = [result.function_error]
        return BackendAnswer(200, headers, result.payload, _error_message(result.payload))

    async def fetch(
        self, url: str, method: str, outgoing: Outgoing, body: bytes, seconds: float
    ) -> BackendAnswer:
        """Return what a web address answers. Raises as ``send`` does."""
        url = filled(url, outgoing, safe="/")
        way = lead(url, self._engine.endpoint, self._find_api)
        if way is None:
            host = URL(url).host if url.startswith("http") else url
            raise NotSupported(f"The local cloud sends nothing to {host}: it is not on this machine.")
        headers = dict(outgoing.headers)
        if way.host is not None:
            headers["Host"] = way.host
        try:
            return await self._requested(way, method, headers, body, seconds)
        except IntegrationUnavailable:
            problem = IntegrationTimedOut("Network error communicating with endpoint")
            problem.response_type = "INTEGRATION_FAILURE"
            raise problem from None

    async def _requested(
        self, way: Lead, method: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> BackendAnswer:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.request(
                    method,
                    URL(way.url, encoded=True),
                    data=body or None,
                    headers={**headers, **trace_headers()},
                    allow_redirects=False,
                    skip_auto_headers=("User-Agent",) if "User-Agent" in headers else (),
                ) as answer,
            ):
                received: dict[str, list[str]] = {}
                data = await answer.read()
                for key, value in answer.headers.items():
                    if key.lower() not in _NOT_PASSED:
                        received.setdefault(key, []).append(value)
                return BackendAnswer(answer.status, received, data, str(answer.status))
        except TimeoutError:
            raise IntegrationTimedOut from None
        except (aiohttp.ClientError, ValueError) as problem:
            host = way.host or URL(way.url, encoded=True).authority
            log.warning("%s cannot be called: %s", host, type(problem).__name__)
            raise IntegrationUnavailable from None


def _error_message(payload: bytes) -> str:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    return str(document.get("errorMessage")) if isinstance(document, dict) else ""


def _mock(body: bytes) -> BackendAnswer:
    """Return the answer of a mock: nothing, with the status that the request template chooses."""
    status = _STATUS.search(body.decode(errors="replace"))
    if status is None:
        log.warning("The request template of a mock chooses no statusCode")
        raise BadConfiguration
    return BackendAnswer(int(status[1]), {}, b"", status[1])
