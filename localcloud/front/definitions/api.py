"""Any API that the front serves."""

from __future__ import annotations

from typing import TypeAlias

from localcloud.front.definitions.http import HttpApi
from localcloud.front.definitions.rest import RestApi
from localcloud.front.definitions.websocket import WebSocketApi

Api: TypeAlias = RestApi | WebSocketApi | HttpApi
