"""The ready file: one JSON object with the addresses of everything, for other programs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from localcloud.appsync.api_port import GraphQLApiAddress
from localcloud.appsync.events.api_port import EventApiAddress
from localcloud.aws import EngineAddress
from localcloud.gateway.api_port import GatewayApiAddress as GatewayAddress
from localcloud.gateway.definitions.urls import FunctionUrl
from localcloud.iot import IotAddress
from localcloud.stack.inspection import Stack
from localcloud.web.config import Json


def describe(
    engine: EngineAddress,
    apis: list[GraphQLApiAddress],
    gateway: list[GatewayAddress],
    stacks: Sequence[Stack],
    *,
    functions: str,
    web: str | None = None,
    event_apis: Sequence[EventApiAddress] = (),
    iot: IotAddress | None = None,
    function_urls: Sequence[FunctionUrl] = (),
) -> dict[str, object]:
    """Return the ready file's contents.

    Parameters
    ----------
    functions
        The Lambda service's address.
    web
        The address of the site, when there is one.

    Returns
    -------
    dict
        ``engine`` (the AWS_ENDPOINT_URL), ``region``, ``account``, ``credentials`` of an
        administrator of this local account, ``environment`` (what a shell sets for any AWS SDK to
        work), ``aws`` (where names of AWS lead), ``apis`` (AppSync's), ``event_apis`` (AppSync Events'),
        ``rest_apis``, ``http_apis`` and ``websocket_apis`` (one for each stage), ``function_urls``,
        ``sns`` (where the certificates are that its messages are verified with), ``iot`` (its endpoint,
        and where MQTT is spoken over WebSockets), ``web``, the ``outputs`` of all stacks, the name of the
        last one (``stack``) and the stacks that it nests (``nested``, by logical id), each stack by itself
        (``stacks``), ``meters``: where what was done is counted, and the local cloud's own ``process``.
    """
    return {
        "engine": engine.endpoint,
        "region": engine.region,
        "account": engine.account,
        "credentials": {
            "access_key_id": engine.credentials.access_key_id,
            "secret_access_key": engine.credentials.secret_access_key,
        },
        "environment": engine.environment(),
        "aws": engine.proxy,
        "apis": [
            {
                "id": api.id,
                "name": api.name,
                "graphql": api.graphql,
                "realtime": api.realtime,
                "api_keys": list(api.api_keys),
            }
            for api in apis
        ],
        "event_apis": [{**_of_events(api), "api_keys": list(api.api_keys)} for api in event_apis],
        "rest_apis": _of_kind(gateway, "REST"),
        "http_apis": _of_kind(gateway, "HTTP"),
        "websocket_apis": _of_kind(gateway, "WEBSOCKET"),
        "sns": {
            "certificates": f"{engine.endpoint}/_localcloud/sns/",
            "authority": f"{engine.endpoint}/_localcloud/sns/ca.pem",
        },
        "iot": _of_iot(iot),
        "function_urls": [{"id": url.id, "name": url.function, "url": url.url} for url in function_urls],
        "web": web,
        "stack": stacks[-1].name,
        "outputs": _outputs(stacks),
        "nested": {name: _of_stack(nested) for name, nested in stacks[-1].nested.items()},
        "stacks": [_of_stack(stack) for stack in stacks],
        "process": os.getpid(),
        "meters": {
            "engine": f"{engine.endpoint}/_localcloud/meter",
            "functions": f"{functions}/_localcloud/meter",
            "commits": f"{engine.endpoint}/_localcloud/commits",
        },
    }


def public(
    engine: EngineAddress,
    apis: list[GraphQLApiAddress],
    gateway: list[GatewayAddress],
    stacks: Sequence[Stack],
    *,
    event_apis: Sequence[EventApiAddress] = (),
    iot: IotAddress | None = None,
) -> dict[str, Json]:
    """Return what a page may know: where everything is, without a credential (an API key is one)."""
    return {
        "engine": engine.endpoint,
        "region": engine.region,
        "apis": [
            {"id": api.id, "name": api.name, "graphql": api.graphql, "realtime": api.realtime} for api in apis
        ],
        "event_apis": [{**_of_events(api)} for api in event_apis],
        "rest_apis": [{**api} for api in _of_kind(gateway, "REST")],
        "http_apis": [{**api} for api in _of_kind(gateway, "HTTP")],
        "websocket_apis": [{**api} for api in _of_kind(gateway, "WEBSOCKET")],
        "iot": _of_iot(iot),
        "stack": stacks[-1].name,
        "outputs": {**_outputs(stacks)},
    }


def _outputs(stacks: Sequence[Stack]) -> dict[str, str]:
    """Return the outputs of all stacks; of equal names the last one's."""
    return {name: value for stack in stacks for name, value in stack.outputs.items()}


def _of_stack(stack: Stack) -> dict[str, Json]:
    nested: dict[str, Json] = {name: _of_stack(below) for name, below in stack.nested.items()}
    return {"stack": stack.name, "id": stack.stack_id, "outputs": {**stack.outputs}, "nested": nested}


def _of_events(api: EventApiAddress) -> dict[str, str]:
    return {"id": api.id, "name": api.name, "http": api.http, "realtime": api.realtime}


def _of_iot(iot: IotAddress | None) -> Json:
    return None if iot is None else {"endpoint": iot.endpoint, "websocket": iot.websocket}


def _of_kind(addresses: list[GatewayAddress], kind: str) -> list[dict[str, str]]:
    return [
        {"id": address.id, "name": address.name, "url": address.url}
        for address in addresses
        if address.kind == kind
    ]


def write(path: Path, contents: dict[str, object]) -> None:
    """Write the ready file whole or not at all, readable by its owner alone: it holds a secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(contents, file, indent=2)
        file.write("\n")
    draft.replace(path)
