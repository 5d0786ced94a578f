"""Any API that the gateway serves."""

from __future__ import annotations

from typing import TypeAlias

from localcloud.gateway.definitions.http import HttpApi
from localcloud.gateway.definitions.rest import RestApi
from localcloud.gateway.definitions.websocket import WebSocketApi

Api: TypeAlias = RestApi | WebSocketApi | HttpApi
