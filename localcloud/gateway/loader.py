"""Reads the APIs of API Gateway's control planes, from any source, into the gateway's own values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from localcloud.aws.plain import plain_client
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.websocket import WebSocketApi
from localcloud.gateway.http.loading import http_api_of
from localcloud.gateway.loading.documents import read_page, text
from localcloud.gateway.loading.rest import load_rest_apis
from localcloud.gateway.loading.websocket import websocket_api_of

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

    from localcloud.aws import EngineAddress


@dataclass(frozen=True)
class Loaded:
    """What the control planes hold: the APIs, the oldest first, and what of them is not served.

    Integrations that are not served are in the APIs' own values (:class:`Unsupported`).
    """

    apis: tuple[Api, ...] = ()
    warnings: tuple[str, ...] = ()


class ApiLoader:
    """Reads every REST, HTTP and WebSocket API of an engine.

    Examples
    --------
    >>> load = ApiLoader(engine)  # doctest: +SKIP
    >>> [api.name for api in load().apis]  # doctest: +SKIP
    ['orders', 'orders-websocket']
    """

    def __init__(self, engine: EngineAddress) -> None:
        self._engine = engine

    @cached_property
    def _rest(self) -> APIGatewayClient:
        return plain_client(self._engine, "apigateway")

    def __call__(self) -> Loaded:
        """Read them as they are now. This blocks; an API that is deleted meanwhile is left out.

        Raises
        ------
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError, OSError
            The engine did not answer.
        """
        warnings: list[str] = []
        apis: list[Api] = [*load_rest_apis(self._rest, warnings.append)]
        for document in read_page(self._engine.endpoint):
            of_kind = websocket_api_of if text(document, "protocolType") == "WEBSOCKET" else http_api_of
            api = of_kind(document, warnings.append)
            if api.stages:
                apis.append(api)
        # The engine's times are whole seconds, and the order is that of the ports.
        apis.sort(key=lambda api: (api.created, isinstance(api, WebSocketApi), api.name, api.id))
        return Loaded(tuple(apis), tuple(dict.fromkeys(warnings)))
