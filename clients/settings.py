"""Where the API is and who issues its tokens: from options, ``ORDERWIRE_*``, or a local cloud's ready file.

An option wins over the environment, and the environment over the ready file. On AWS none of this
needs a ready file: ``ORDERWIRE_ENDPOINT``, ``ORDERWIRE_CLIENT_ID`` and the region are enough.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from clients import reading
from clients.errors import BadSettings
from clients.webhook_settings import WebhookSettings, load_webhooks

DEFAULT_READY_FILE = Path(".local/ready.json")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a client must know before it signs in.

    Attributes
    ----------
    endpoint
        The GraphQL address, ``https://ID.appsync-api.REGION.amazonaws.com/graphql``.
    realtime
        The WebSocket address, ``wss://ID.appsync-realtime-api.REGION.amazonaws.com/graphql``.
    cognito
        Where Cognito's user pool API answers.
    client_id
        The user pool client that people sign in with.
    rest, websocket
        The companion's two APIs with their stages, ``https://ID.execute-api.REGION.amazonaws.com/api`` and
        ``wss://…``; None where there is no companion.
    events, events_realtime
        AppSync's Event API: ``https://ID.appsync-api.REGION.amazonaws.com/event`` and
        ``wss://ID.appsync-realtime-api.REGION.amazonaws.com/event/realtime``; None where there is none.
    iot
        AWS IoT Core with the authorizer's name,
        ``wss://ID-ats.iot.REGION.amazonaws.com/mqtt?x-amz-customauthorizer-name=NAME``; None where it is off.
    sse
        The stack's REST API that streams events, with its stage; None where that channel is off.
    webhooks
        How webhooks are received.
    """

    endpoint: str
    realtime: str
    cognito: str
    client_id: str
    rest: str | None = None
    websocket: str | None = None
    events: str | None = None
    events_realtime: str | None = None
    iot: str | None = None
    sse: str | None = None
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)

    @property
    def host(self) -> str:
        """The GraphQL address' host with its port: AppSync wants it in every WebSocket authorization."""
        return urlsplit(self.endpoint).netloc


def load(
    environment: Mapping[str, str],
    *,
    ready_file: Path | None = None,
    endpoint: str | None = None,
    realtime: str | None = None,
    client_id: str | None = None,
    region: str | None = None,
    rest: str | None = None,
    websocket: str | None = None,
    events: str | None = None,
    events_realtime: str | None = None,
    iot: str | None = None,
    sse: str | None = None,
    webhook_listen: str | None = None,
    webhook_url: str | None = None,
) -> Settings:
    """Put settings together from options, the environment and a ready file.

    Parameters
    ----------
    environment
        Usually ``os.environ``: ``ORDERWIRE_ENDPOINT``, ``ORDERWIRE_REALTIME``, ``ORDERWIRE_CLIENT_ID``,
        ``ORDERWIRE_REST_URL``, ``ORDERWIRE_WEBSOCKET_URL``, ``ORDERWIRE_EVENTS_URL``,
        ``ORDERWIRE_EVENTS_REALTIME``, ``ORDERWIRE_IOT_URL``, ``ORDERWIRE_SSE_URL``,
        ``ORDERWIRE_WEBHOOK_LISTEN``, ``ORDERWIRE_WEBHOOK_URL``, ``ORDERWIRE_READY_FILE``, ``AWS_REGION``,
        ``AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER``, ``AWS_ENDPOINT_URL``.
    ready_file
        What ``python -m localcloud --ready-file`` wrote. When not given, ``.local/ready.json`` is used
        if it is there and nothing else names an endpoint.

    Raises
    ------
    BadSettings
        When something is missing or unreadable; the message says what to give.
    """
    endpoint = endpoint or environment.get("ORDERWIRE_ENDPOINT")
    ready = _ready(environment, ready_file, needed=not endpoint)
    endpoint = endpoint or ready.endpoint
    region = region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ready.region
    client_id = client_id or environment.get("ORDERWIRE_CLIENT_ID") or ready.client_id
    if not endpoint:
        raise BadSettings(
            "No API address: start the local cloud (`make run`), or give --endpoint or ORDERWIRE_ENDPOINT."
        )
    if not client_id:
        raise BadSettings("No user pool client: give --client-id or ORDERWIRE_CLIENT_ID.")
    cognito = (
        environment.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
        or ready.engine
        or environment.get("AWS_ENDPOINT_URL")
        or (f"https://cognito-idp.{region}.amazonaws.com" if region else None)
    )
    if not cognito:
        raise BadSettings("No region: give --region or AWS_REGION.")
    realtime = realtime or environment.get("ORDERWIRE_REALTIME") or ready.realtime or realtime_of(endpoint)
    rest = rest or environment.get("ORDERWIRE_REST_URL") or ready.rest
    websocket = websocket or environment.get("ORDERWIRE_WEBSOCKET_URL") or ready.websocket
    events = events or environment.get("ORDERWIRE_EVENTS_URL")
    events_realtime = (
        events_realtime
        or environment.get("ORDERWIRE_EVENTS_REALTIME")
        # The ready file's own belongs to its own API alone.
        or (f"{realtime_of(events)}/realtime" if events else ready.events_realtime)
    )
    events = events or ready.events
    iot = iot or environment.get("ORDERWIRE_IOT_URL") or ready.iot
    sse = sse or environment.get("ORDERWIRE_SSE_URL") or ready.sse
    webhooks = load_webhooks(
        environment,
        listen=webhook_listen,
        url=webhook_url,
        certificates=ready.certificates,
        authority=ready.authority,
    )
    apis = (endpoint, realtime, cognito, rest, websocket, events, events_realtime, iot, sse)
    for address in (webhooks.url, *apis):
        _check_address(address)
    return Settings(
        endpoint=endpoint,
        realtime=realtime,
        cognito=cognito,
        client_id=client_id,
        rest=rest,
        websocket=websocket,
        events=events,
        events_realtime=events_realtime,
        iot=iot,
        sse=sse,
        webhooks=webhooks,
    )


def realtime_of(endpoint: str) -> str:
    """Return the WebSocket address that belongs to a GraphQL address.

    Examples
    --------
    >>> realtime_of("https://abc.appsync-api.eu-west-1.amazonaws.com/graphql")
    'wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/graphql'
    """
    return endpoint.replace("http", "ws", 1).replace(".appsync-api.", ".appsync-realtime-api.", 1)


@dataclass(frozen=True, slots=True)
class _Ready:
    engine: str | None = None
    region: str | None = None
    endpoint: str | None = None
    realtime: str | None = None
    client_id: str | None = None
    rest: str | None = None
    websocket: str | None = None
    events: str | None = None
    events_realtime: str | None = None
    iot: str | None = None
    sse: str | None = None
    certificates: str | None = None
    authority: str | None = None


def default_ready_file(environment: Mapping[str, str]) -> Path:
    """Return where to look when nothing is named: here, else where ``bin/orderwire``'s own cloud writes."""
    if DEFAULT_READY_FILE.exists():
        return DEFAULT_READY_FILE
    return Path(environment.get("ORDERWIRE_DEFAULT_READY_FILE") or DEFAULT_READY_FILE)


def _ready(environment: Mapping[str, str], given: Path | None, *, needed: bool) -> _Ready:
    if given is None and (named := environment.get("ORDERWIRE_READY_FILE")):
        given = Path(named)
    if given is None:
        given = default_ready_file(environment)
        if not needed or not given.exists():
            return _Ready()
    try:
        document: object = json.loads(given.read_text(encoding="utf-8"))
        return _parse_ready(document)
    except OSError as error:
        raise BadSettings(
            f"Cannot read the ready file {given} ({error.strerror}). `make run` starts the local cloud."
        ) from error
    except (ValueError, reading.Unexpected) as error:
        raise BadSettings(f"The ready file {given} is not a local cloud's: {error}") from error


def _parse_ready(document: object) -> _Ready:
    data = reading.mapping(document, "")
    outputs = reading.mapping(data.get("outputs"), "outputs")
    apis = [
        reading.mapping(api, f"apis[{n}]") for n, api in enumerate(reading.sequence(data.get("apis"), "apis"))
    ]
    sns = reading.mapping(data.get("sns", {}), "sns")
    # A local cloud may serve several APIs; the stack says which one is Orderwire's.
    ours = [api for api in apis if api.get("id") == outputs.get("ApiId")] or apis
    if not ours:
        raise reading.Unexpected("apis", "a list with at least one API", [])
    return _Ready(
        engine=reading.text(data.get("engine"), "engine"),
        region=reading.text(data.get("region"), "region"),
        endpoint=reading.text(ours[0].get("graphql"), "apis[].graphql"),
        realtime=reading.text(ours[0].get("realtime"), "apis[].realtime"),
        client_id=reading.text(outputs.get("UserPoolClientId"), "outputs.UserPoolClientId"),
        rest=_companion(data, "rest_apis"),
        websocket=_companion(data, "websocket_apis"),
        events=_event_api(data, outputs, "http"),
        events_realtime=_event_api(data, outputs, "realtime"),
        iot=_iot(data, outputs),
        sse=_stream_api(data, outputs),
        certificates=reading.optional_text(sns.get("certificates"), "sns.certificates"),
        authority=reading.optional_text(sns.get("authority"), "sns.authority"),
    )


def _iot(data: Mapping[str, object], outputs: Mapping[str, object]) -> str | None:
    """Return where MQTT is spoken, with the authorizer's name; None where the stack has none."""
    name = reading.optional_text(outputs.get("IotAuthorizer"), "outputs.IotAuthorizer")
    if name is None or data.get("iot") is None:
        return None
    address = reading.text(reading.mapping(data["iot"], "iot").get("websocket"), "iot.websocket")
    return f"{address}?{urlencode({'x-amz-customauthorizer-name': name})}"


def _companion(data: Mapping[str, object], key: str) -> str | None:
    """Return the address of the companion's API among those that the local cloud serves, if it is there."""
    for number, value in enumerate(reading.sequence(data.get(key, []), key)):
        api = reading.mapping(value, f"{key}[{number}]")
        if reading.text(api.get("name"), f"{key}[{number}].name").startswith("orderwire"):
            return reading.text(api.get("url"), f"{key}[{number}].url")
    return None


def _event_api(data: Mapping[str, object], outputs: Mapping[str, object], key: str) -> str | None:
    """Return an address of the stack's Event API, if the local cloud serves it."""
    for number, value in enumerate(reading.sequence(data.get("event_apis", []), "event_apis")):
        api = reading.mapping(value, f"event_apis[{number}]")
        if api.get("id") == outputs.get("EventsApiId"):
            return reading.text(api.get(key), f"event_apis[{number}].{key}")
    return None


def _stream_api(data: Mapping[str, object], outputs: Mapping[str, object]) -> str | None:
    """Return the address of the stack's REST API that streams events, if the local cloud serves it."""
    for number, value in enumerate(reading.sequence(data.get("rest_apis", []), "rest_apis")):
        api = reading.mapping(value, f"rest_apis[{number}]")
        if api.get("id") == outputs.get("SseApiId"):
            return reading.text(api.get("url"), f"rest_apis[{number}].url")
    return None


def _check_address(address: str | None) -> None:
    if address is None:
        return
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.netloc:
        raise BadSettings(f"{address!r} is not an address such as https://host/graphql.")
