"""Reads an Event API out of the control plane, so that whatever tool deployed it can be served."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.definition import AuthMode, AuthType
from localcloud.appsync.errors import NotLoaded
from localcloud.appsync.events.definition import EventApiDefinition, HandlerConfig, Namespace
from localcloud.appsync.parts import Record as _Record
from localcloud.appsync.parts import load_api_keys, load_auth_mode, load_data_sources

if TYPE_CHECKING:
    from mypy_boto3_appsync import AppSyncClient


def _provider(record: _Record, region: str) -> AuthMode:
    return load_auth_mode(record["authType"], record, record.get("cognitoConfig") or {}, region)


def _modes(records: Iterable[_Record] | None) -> frozenset[AuthType]:
    return frozenset(record["authType"] for record in records or ())


def _handler(record: _Record | None) -> HandlerConfig:
    if not record:
        return HandlerConfig()
    integration = record.get("integration") or {}
    invoke = (integration.get("lambdaConfig") or {}).get("invokeType")
    return HandlerConfig(
        "DIRECT" if record.get("behavior") == "DIRECT" else "CODE",
        integration.get("dataSourceName") or None,
        "EVENT" if invoke == "EVENT" else "REQUEST_RESPONSE",
    )


def _namespace(record: _Record, config: _Record) -> Namespace:
    handlers = record.get("handlerConfigs") or {}
    return Namespace(
        record["name"],
        _modes(record.get("publishAuthModes")) or _modes(config.get("defaultPublishAuthModes")),
        _modes(record.get("subscribeAuthModes")) or _modes(config.get("defaultSubscribeAuthModes")),
        record.get("codeHandlers") or None,
        _handler(handlers.get("onPublish")),
        _handler(handlers.get("onSubscribe")),
    )


def load_event_api(client: AppSyncClient, api_id: str, *, region: str, account: str) -> EventApiDefinition:
    """Return an Event API as the control plane has it now. It blocks: call it in a thread.

    Raises
    ------
    NotLoaded
        When there is no such API, or the control plane does not answer.
    """
    try:
        api: _Record = client.get_api(apiId=api_id)["api"]
        config: _Record = api.get("eventConfig") or {}
        namespaces = [
            _namespace(record, config)
            for page in client.get_paginator("list_channel_namespaces").paginate(apiId=api_id)
            for record in page.get("channelNamespaces", ())
        ]
        sources = load_data_sources(client, api_id, region)
        keys = load_api_keys(client, api_id)
    except (ClientError, BotoCoreError) as problem:
        raise NotLoaded(f"The Event API {api_id} is not ready: {problem}") from None
    return EventApiDefinition(
        id=api_id,
        name=api["name"],
        auth_modes=tuple(_provider(r, region) for r in config.get("authProviders") or ()),
        connect_modes=_modes(config.get("connectionAuthModes")),
        namespaces=MappingProxyType({namespace.name: namespace for namespace in namespaces}),
        data_sources=MappingProxyType({source.name: source for source in sources}),
        api_keys=tuple(keys),
        region=region,
        account=account,
    )


def list_event_apis(client: AppSyncClient) -> list[tuple[str, str, int]]:
    """Return the id, name and port of every Event API; 0 where its address is not on this machine.

    It blocks.
    """
    apis: list[tuple[str, str, int]] = []
    for page in client.get_paginator("list_apis").paginate():
        for record in page.get("apis", ()):
            host, _, port = str((record.get("dns") or {}).get("HTTP", "")).partition(":")
            here = host == "127.0.0.1" and port.isdigit()
            apis.append((record["apiId"], record["name"], int(port) if here else 0))
    return apis
