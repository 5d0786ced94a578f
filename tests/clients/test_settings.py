from __future__ import annotations

import json
from pathlib import Path

import pytest

from clients import BadSettings, load
from clients.settings import realtime_of
from clients.webhook_settings import WebhookSettings

READY = {
    "engine": "http://127.0.0.1:4566",
    "region": "eu-north-1",
    "account": "000000000000",
    "credentials": {"access_key_id": "a", "secret_access_key": "b"},
    "apis": [
        {
            "id": "other",
            "name": "notes",
            "graphql": "http://127.0.0.1:1/graphql",
            "realtime": "ws://o",
            "api_keys": [],
        },
        {
            "id": "ours",
            "name": "orderwire",
            "graphql": "http://127.0.0.1:2/graphql",
            "realtime": "ws://127.0.0.1:2/graphql",
            "api_keys": [],
        },
    ],
    "outputs": {"ApiId": "ours", "UserPoolClientId": "client"},
}


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    path = tmp_path / "ready.json"
    path.write_text(json.dumps(READY))
    return path


def test_ready_file_suffices_as_settings(ready: Path) -> None:
    settings = load({}, ready_file=ready)
    assert (settings.endpoint, settings.realtime) == (
        "http://127.0.0.1:2/graphql",
        "ws://127.0.0.1:2/graphql",
    )
    assert (settings.cognito, settings.client_id, settings.host) == (
        "http://127.0.0.1:4566",
        "client",
        "127.0.0.1:2",
    )


def test_environment_variable_names_a_ready_file(ready: Path) -> None:
    assert load({"ORDERWIRE_READY_FILE": str(ready)}).client_id == "client"


def test_settings_on_aws_derive_from_the_endpoint() -> None:
    endpoint = "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql"
    settings = load({"ORDERWIRE_ENDPOINT": endpoint, "ORDERWIRE_CLIENT_ID": "c", "AWS_REGION": "eu-west-1"})
    assert settings.realtime == "wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/graphql"
    assert settings.cognito == "https://cognito-idp.eu-west-1.amazonaws.com"
    assert settings.host == "abc.appsync-api.eu-west-1.amazonaws.com"


def test_option_wins_over_the_environment() -> None:
    environment = {
        "ORDERWIRE_ENDPOINT": "http://a/graphql",
        "ORDERWIRE_CLIENT_ID": "c",
        "AWS_ENDPOINT_URL": "http://e",
    }
    settings = load(environment, endpoint="http://b/graphql")
    assert (settings.endpoint, settings.realtime, settings.cognito) == (
        "http://b/graphql",
        "ws://b/graphql",
        "http://e",
    )


def test_endpoint_of_the_service_wins_over_the_general_one(ready: Path) -> None:
    environment = {"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://c", "AWS_ENDPOINT_URL": "http://e"}
    assert load(environment, ready_file=ready).cognito == "http://c"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "No API address"),
        ({"ORDERWIRE_ENDPOINT": "http://a/graphql"}, "No user pool client"),
        ({"ORDERWIRE_ENDPOINT": "http://a/graphql", "ORDERWIRE_CLIENT_ID": "c"}, "No region"),
        ({"ORDERWIRE_ENDPOINT": "a", "ORDERWIRE_CLIENT_ID": "c", "AWS_REGION": "r"}, "is not an address"),
        ({"ORDERWIRE_READY_FILE": "nowhere.json"}, "Cannot read the ready file nowhere.json"),
    ],
)
def test_missing_setting_is_named(
    environment: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSettings, match=message):
        load(environment)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"outputs": {}, "apis": []}'])
def test_invalid_ready_file_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text(content)
    with pytest.raises(BadSettings, match="is not a local cloud's"):
        load({}, ready_file=path)


COMPANION = {
    "rest_apis": [
        {"id": "o", "name": "notes", "url": "http://127.0.0.1:3/prod"},
        {"id": "r", "name": "orderwire", "url": "http://127.0.0.1:4/api"},
    ],
    "websocket_apis": [{"id": "w", "name": "orderwire-websocket-api", "url": "ws://127.0.0.1:5/api"}],
}


def test_ready_file_has_the_addresses_of_the_companion(ready: Path) -> None:
    settings = load({}, ready_file=ready)
    assert (settings.rest, settings.websocket) == (None, None)
    ready.write_text(json.dumps(READY | COMPANION))
    settings = load({}, ready_file=ready)
    assert (settings.rest, settings.websocket) == ("http://127.0.0.1:4/api", "ws://127.0.0.1:5/api")


def test_ready_file_has_the_address_of_event_streams(ready: Path) -> None:
    assert load({}, ready_file=ready).sse is None
    streams = {"id": "s", "name": "order-events", "url": "http://127.0.0.1:6/live"}
    outputs = {**READY["outputs"], "SseApiId": "s"}  # type: ignore[dict-item]
    document = READY | {"outputs": outputs, "rest_apis": [streams, *COMPANION["rest_apis"]]}
    ready.write_text(json.dumps(document))
    settings = load({}, ready_file=ready)
    assert (settings.sse, settings.rest) == ("http://127.0.0.1:6/live", "http://127.0.0.1:4/api")
    assert load({"ORDERWIRE_SSE_URL": "https://a/live"}, ready_file=ready).sse == "https://a/live"
    assert load({}, ready_file=ready, sse="https://b/live").sse == "https://b/live"


def test_companion_addresses_come_from_environment_and_options(ready: Path) -> None:
    ready.write_text(json.dumps(READY | COMPANION))
    environment = {"ORDERWIRE_REST_URL": "https://a/api", "ORDERWIRE_WEBSOCKET_URL": "wss://b/api"}
    settings = load(environment, ready_file=ready)
    assert (settings.rest, settings.websocket) == ("https://a/api", "wss://b/api")
    settings = load(environment, ready_file=ready, rest="https://c/api", websocket="wss://d/api")
    assert (settings.rest, settings.websocket) == ("https://c/api", "wss://d/api")
    with pytest.raises(BadSettings, match="'c/api' is not an address"):
        load(environment, ready_file=ready, rest="c/api")


def test_realtime_address_of_a_local_endpoint_is_the_same_host() -> None:
    assert realtime_of("http://127.0.0.1:2/graphql") == "ws://127.0.0.1:2/graphql"


def test_webhook_addresses_come_from_options_the_environment_and_the_ready_file(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text(
        json.dumps({**READY, "sns": {"certificates": "http://127.0.0.1:4566/sns/", "authority": "/a.pem"}})
    )
    environment = {"ORDERWIRE_WEBHOOK_LISTEN": "0.0.0.0:80", "ORDERWIRE_WEBHOOK_URL": "https://shop.example"}
    assert load(environment, ready_file=ready).webhooks == WebhookSettings(
        "0.0.0.0:80", "https://shop.example", "http://127.0.0.1:4566/sns/", "/a.pem"
    )
    assert load(environment, ready_file=ready, webhook_listen="[::1]:0").webhooks.listen == "[::1]:0"
    assert load({}, ready_file=ready).webhooks.listen == "127.0.0.1:0"


@pytest.mark.parametrize("listen", ["8765", "host:", "host:x", "host:65536", "host:99999999"])
def test_listen_address_must_be_a_host_and_a_port(tmp_path: Path, listen: str) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps(READY))
    with pytest.raises(BadSettings, match="HOST:PORT"):
        load({}, ready_file=ready, webhook_listen=listen)
