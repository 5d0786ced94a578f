"""A local cloud's ready file: where everything is, as ``python -m localcloud --ready-file`` wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from clients import reading
from clients.errors import BadSettings

DEFAULT_READY_FILE = Path(".local/ready.json")
# Of the other channels a stack that has switched them off has no address.
_SWITCHES = ("AppSyncChannel", "WebSocketChannel")


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """What a client takes from it; None for what this cloud has not."""

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
    intake: str | None = None
    meter: str | None = None
    order_queue: str | None = None
    certificates: str | None = None
    authority: str | None = None
    off: frozenset[str] = frozenset()


def default_ready_file(environment: Mapping[str, str]) -> Path:
    """Return where to look when nothing is named: here, else where ``bin/orderwire``'s own cloud writes."""
    if DEFAULT_READY_FILE.exists():
        return DEFAULT_READY_FILE
    return Path(environment.get("ORDERWIRE_DEFAULT_READY_FILE") or DEFAULT_READY_FILE)


def read_ready_file(environment: Mapping[str, str], path: Path | None, *, needed: bool) -> ReadyFile:
    """Read the file that is named, by an argument or the environment, else the default one.

    Parameters
    ----------
    needed
        Whether nothing else names the API's address: then the default file has to be there.

    Raises
    ------
    BadSettings
        It cannot be read, or is no local cloud's.
    """
    if path is None and (named := environment.get("ORDERWIRE_READY_FILE")):
        path = Path(named)
    if path is None:
        path = default_ready_file(environment)
        if not needed or not path.exists():
            return ReadyFile()
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
        return _parse_ready(document)
    except OSError as error:
        raise BadSettings(
            f"Cannot read the ready file {path} ({error.strerror}). `make run` starts the local cloud."
        ) from error
    except (ValueError, reading.Unexpected) as error:
        raise BadSettings(f"The ready file {path} is not a local cloud's: {error}") from error


def _parse_ready(document: object) -> ReadyFile:
    data = reading.mapping(document, "")
    outputs = reading.mapping(data.get("outputs"), "outputs")
    apis = [
        reading.mapping(api, f"apis[{n}]") for n, api in enumerate(reading.sequence(data.get("apis"), "apis"))
    ]
    sns = reading.mapping(data.get("sns", {}), "sns")
    meters = reading.mapping(data.get("meters", {}), "meters")
    queue = reading.optional_text(outputs.get("OrderQueueUrl"), "outputs.OrderQueueUrl")
    # A local cloud may serve several APIs; the stack says which one is Orderwire's.
    ours = [api for api in apis if api.get("id") == outputs.get("ApiId")] or apis
    if not ours:
        raise reading.Unexpected("apis", "a list with at least one API", [])
    return ReadyFile(
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
        sse=_rest_api(data, outputs, "SseApiId"),
        intake=_rest_api(data, outputs, "IntakeApiId"),
        order_queue=(queue or "").rpartition("/")[2] or None,
        meter=reading.optional_text(meters.get("engine"), "meters.engine"),
        certificates=reading.optional_text(sns.get("certificates"), "sns.certificates"),
        authority=reading.optional_text(sns.get("authority"), "sns.authority"),
        off=frozenset(name for name in _SWITCHES if outputs.get(name) == "false"),
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


def _rest_api(data: Mapping[str, object], outputs: Mapping[str, object], output: str) -> str | None:
    """Return the address of a REST API of the stack, if it has it and the local cloud serves it."""
    for number, value in enumerate(reading.sequence(data.get("rest_apis", []), "rest_apis")):
        api = reading.mapping(value, f"rest_apis[{number}]")
        if output in outputs and api.get("id") == outputs[output]:
            return reading.text(api.get("url"), f"rest_apis[{number}].url")
    return None
