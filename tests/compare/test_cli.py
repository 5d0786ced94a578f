"""The command line: what it refuses, what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clients import BadSettings
from compare import cli, target
from compare.channels import discover
from compare.orders import SOLD_OUT, UNKNOWN, new_order

STREAMS = {"id": "s", "name": "order-events", "url": "http://127.0.0.1:9/live"}
READY: dict[str, object] = {
    "engine": "http://127.0.0.1:9",
    "region": "us-east-1",
    "credentials": {"access_key_id": "1" * 12, "secret_access_key": "x"},
    "apis": [{"id": "a", "graphql": "http://127.0.0.1:9/graphql", "realtime": "ws://127.0.0.1:9/graphql"}],
    "event_apis": [
        {"id": "e", "http": "http://127.0.0.1:9/event", "realtime": "ws://127.0.0.1:9/event/realtime"}
    ],
    "rest_apis": [STREAMS],
    "outputs": {
        "ApiId": "a",
        "SseApiId": "s",
        "EventsApiId": "e",
        "UserPoolId": "pool",
        "UserPoolClientId": "client",
        "FulfilmentTableName": "fulfilment",
        "OrdersTableName": "orders",
        "ConnectionsTableName": "connections",
        "IotAuthorizer": "shop-customers",
    },
    "iot": {"endpoint": "127.0.0.1:9", "websocket": "ws://127.0.0.1:9/mqtt"},
}
COMPANION: dict[str, object] = {
    "rest_apis": [STREAMS, {"id": "r", "name": "orderwire", "url": "http://127.0.0.1:9/api"}],
    "websocket_apis": [{"id": "w", "name": "orderwire-websocket", "url": "ws://127.0.0.1:9/api"}],
}


def ready_file(folder: Path, **more: object) -> Path:
    path = folder / "ready.json"
    path.write_text(json.dumps(READY | more), encoding="utf-8")
    return path


def test_missing_local_cloud_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--ready-file", str(tmp_path / "none.json")]) == 2
    output = capsys.readouterr().err.replace("\n", " ")
    assert "No local cloud" in output
    assert "`make run`" in output
    assert "--ready-file" in output


def test_missing_companion_says_what_to_do_and_names_the_available_channels(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        target.find_target(ready_file(tmp_path), discover())
    messages = str(caught.value)
    assert messages.startswith(
        "The companion is not deployed, and websocket, graphql-ws, poll-fixed, poll-backoff, longpoll, "
    )
    assert "`python tools/companion.py deploy --stage local`" in messages
    assert messages.endswith("Without it there is: --channels appsync,events,sse,iot,webhook.")


def test_stack_without_its_event_api_is_named_as_the_reason(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="its EventsChannel is false"):
        target.find_target(ready_file(tmp_path, event_apis=[], **COMPANION), discover())


def test_websocket_channel_needs_rest_for_its_tickets(tmp_path: Path) -> None:
    path = ready_file(tmp_path, websocket_apis=COMPANION["websocket_apis"])
    with pytest.raises(BadSettings, match="websocket, graphql-ws, poll-fixed"):
        target.find_target(path, discover())


def test_missing_event_streams_are_explained(tmp_path: Path) -> None:
    path = ready_file(tmp_path, **COMPANION | {"rest_apis": COMPANION["rest_apis"][1:]})  # type: ignore[index]
    with pytest.raises(BadSettings, match=r"is false\. Without it there is: --channels appsync,events,"):
        target.find_target(path, discover())


def test_deployed_companion_provides_every_address(tmp_path: Path) -> None:
    result = target.find_target(ready_file(tmp_path, **COMPANION), discover())
    assert result.settings.rest == "http://127.0.0.1:9/api"
    assert set(result.tokens) == {"ada", "grace", "linus", "margaret"}


def test_stopped_local_cloud_is_unreachable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--ready-file", str(ready_file(tmp_path)), "--channels", "appsync"]) == 5
    assert "could not be prepared" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--channels", "pigeon"], "no channel is called 'pigeon'; there are appsync, "),
        (["--channels", ","], "--channels: name at least one of appsync, "),
    ],
)
def test_unavailable_channels_are_named(
    arguments: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*arguments, "--ready-file", str(ready_file(tmp_path))]) == 2
    assert expected in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--orders", "0"],
        ["--orders", "many"],
        ["--rate", "0"],
        ["--rate", "nan"],
        ["--interval", "-1"],
        ["--region", "mars-1"],
        ["--alone", "--together"],
    ],
)
def test_invalid_arguments_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_interrupt_exits_with_130(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "find_target", interrupted)
    assert cli.main(["--out", str(tmp_path)]) == 130
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "orderwire compare: interrupted; nothing was written\n")
    assert list(tmp_path.iterdir()) == []


def test_order_mix_is_the_same_for_every_run() -> None:
    first, other = new_order(SOLD_OUT), new_order(SOLD_OUT)
    assert first.client_token != other.client_token
    assert (first.items, first.card_token) == (other.items, other.card_token)
    assert new_order(SOLD_OUT).items[0].sku == "COMPARE-NONE-LEFT"
    assert new_order(UNKNOWN).items[0].sku == "COMPARE-NEVER-SOLD"
    approved = [n for n in range(10) if new_order(n).card_token == "tok_approve"]
    assert len(approved) == 9
