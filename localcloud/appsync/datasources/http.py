"""The data source ``HTTP``: any endpoint, and those of AWS itself, which the engine answers for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

from localcloud.appsync.datasources import documents, elements
from localcloud.appsync.datasources.engine import EngineHttp
from localcloud.appsync.datasources.failures import DataSourceFailure, RequestInvalid
from localcloud.appsync.definition import JSON, HttpConfig
from localcloud.calls import AnswerTooLarge, NoAnswer, TimedOut
from localcloud.watchtower.traces.facade import trace_headers

if TYPE_CHECKING:
    from localcloud.appsync.calls import FieldCall

LIMIT: Final = 1024 * 1024
"""AppSync's limit of a body, either way, in bytes."""
METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_AWS_HOST: Final = re.compile(r"^(?:[a-z0-9-]+\.)?[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$")
# Names of APIs and function URLs, which are no service's: the local cloud's proxy leads to them.
_OWN_HOST: Final = re.compile(
    r"\.(?:execute-api|appsync-api|lambda-url)\.[a-z0-9-]+\.(?:amazonaws\.com|on\.aws)"
)
# The body's length and the connection are the client's; "host" is the endpoint's own.
_OWN_HEADERS: Final = frozenset({"host", "content-length", "connection", "transfer-encoding"})


def _query(parameters: documents.Document) -> str:
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                pairs.append((name, item if isinstance(item, str) else json.dumps(item)))
    return urlencode(pairs, quote_via=quote)


class HttpSource:
    """Sends ``{method, resourcePath, params: {headers, query, body}}`` to an endpoint.

    A status that is no success is a result like any other: ``ctx.error`` is set only when no answer came.
    """

    def __init__(self, config: HttpConfig, http: EngineHttp) -> None:
        self._config = config
        self._http = http
        host = urlsplit(config.endpoint).hostname or ""
        self._proxy = http.engine.proxy if _OWN_HOST.search(host) else ""
        self._aws = not self._proxy and host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
        self._served = _AWS_HOST.match(host) is not None
        # The engine distinguishes services by the signature, so its address alone changes.
        self._base = (http.engine.endpoint if self._aws else config.endpoint).rstrip("/")

    def _body(self, parameters: documents.Document) -> bytes:
        body = parameters.get("body")
        if body is None:
            return b""
        return (body if isinstance(body, str) else json.dumps(body)).encode()

    async def execute(self, request: JSON, _call: FieldCall) -> JSON:
        """Send the request and return ``{statusCode, headers, body}``; the body is text."""
        document = documents.document(request)
        elements.check(document, elements.HTTP)
        method = documents.text(document, "method").upper()
        if method not in METHODS:
            msg = f"Unsupported method '{method}' for an HTTP data source."
            raise RequestInvalid(msg)
        path = documents.text(document, "resourcePath")
        if not path.startswith("/"):
            msg = f"resourcePath '{path}' must begin with '/'."
            raise RequestInvalid(msg)
        parameters = documents.optional_mapping(document, "params")
        query = _query(documents.optional_mapping(parameters, "query", "params."))
        url = self._base + path + (f"?{query}" if query else "")
        headers = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in documents.optional_mapping(parameters, "headers", "params.").items()
            if name.lower() not in _OWN_HEADERS and value is not None
        }
        body = self._body(parameters)
        if len(body) > LIMIT:
            msg = f"Transformation too large: the request's body has {len(body):,} bytes of {LIMIT:,} at most"
            raise RequestInvalid(msg)
        if self._aws and (refusal := self._refusal()):
            return refusal
        if self._config.signing_service is not None:
            region = self._config.signing_region or self._http.engine.region
            service = self._config.signing_service
            headers = self._http.signed(method, url, body, headers, service=service, region=region)
        if self._proxy:
            parts = urlsplit(url)
            headers["Host"] = parts.netloc
            url = parts._replace(scheme="http", netloc=self._proxy).geturl()
        return await self._send(method, url, body, {**headers, **trace_headers()})

    def _refusal(self) -> JSON:
        if not self._served:
            msg = f"{self._config.endpoint}: the local cloud serves SERVICE.REGION.amazonaws.com alone"
            raise DataSourceFailure(msg, "UnsupportedEndpoint")
        if self._config.signing_service is None:
            # What AWS itself answers when a data source has no authorizationConfig.
            message = {
                "__type": "MissingAuthenticationTokenException",
                "message": "Missing Authentication Token",
            }
            return {"statusCode": 403, "headers": {}, "body": json.dumps(message)}
        return None

    async def _send(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> JSON:
        try:
            answer = await self._http.send(method, url, body, headers, limit=LIMIT)
        except AnswerTooLarge:
            msg = f"Transformation too large: {self._config.endpoint} answered more than {LIMIT:,} bytes"
            raise RequestInvalid(msg) from None
        except TimedOut:
            msg = "Execution timed out."
            raise DataSourceFailure(msg, "ExecutionTimeout") from None
        except (NoAnswer, ValueError) as error:
            msg = f"{self._config.endpoint} cannot be reached: {error}"
            raise DataSourceFailure(msg, "HttpConnectionError") from None
        return {"statusCode": answer.status, "headers": dict(answer.headers), "body": answer.body}
