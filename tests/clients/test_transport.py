"""The transport against the frames that AppSync really sends."""

from __future__ import annotations

import json

import pytest
from gql.transport.exceptions import TransportProtocolError, TransportQueryError

from clients.transport import STARTED, AppSyncLiveTransport, ConnectionRefused


@pytest.fixture
async def transport() -> AppSyncLiveTransport:
    return AppSyncLiveTransport("ws://127.0.0.1:9/graphql", host="127.0.0.1:9", jwt="token")


def _frame(**fields: object) -> str:
    return json.dumps(fields)


async def test_start_ack_returns_its_id(transport: AppSyncLiveTransport) -> None:
    kind, query, result = transport._parse_answer(_frame(type="start_ack", id="7"))
    assert (kind, query) == ("start_ack", 7)
    assert result is STARTED


async def test_data_frame_is_parsed_by_gql(transport: AppSyncLiveTransport) -> None:
    payload = {"data": {"onOrderStatus": None}, "errors": [{"message": "Cannot return null"}]}
    kind, query, result = transport._parse_answer(_frame(type="data", id="1", payload=payload))
    assert (kind, query) == ("data", 1)
    assert result is not None
    assert result.data == {"onOrderStatus": None}


@pytest.mark.parametrize("kind", ["ka", "connection_ack"])
async def test_frames_without_an_id_are_parsed(transport: AppSyncLiveTransport, kind: str) -> None:
    payload = {"connectionTimeoutMs": 300000}
    assert transport._parse_answer(_frame(type=kind, payload=payload)) == (kind, None, None)


async def test_complete_frame_is_parsed(transport: AppSyncLiveTransport) -> None:
    assert transport._parse_answer(_frame(type="complete", id="3")) == ("complete", 3, None)


@pytest.mark.parametrize("kind", ["connection_error", "error"])
async def test_connection_error_keeps_its_errors(transport: AppSyncLiveTransport, kind: str) -> None:
    errors = [{"errorType": "LimitExceededError", "message": "Rate limit exceeded"}]
    with pytest.raises(ConnectionRefused, match="LimitExceededError") as caught:
        transport._parse_answer(_frame(type=kind, payload={"errors": errors}))
    assert caught.value.errors == errors


async def test_subscription_error_keeps_its_errors(transport: AppSyncLiveTransport) -> None:
    errors = [{"errorType": "Unauthorized", "message": "Not Authorized to access onOrderStatus"}]
    with pytest.raises(TransportQueryError) as caught:
        transport._parse_answer(_frame(type="error", id="2", payload={"errors": errors}))
    assert (caught.value.query_id, caught.value.errors) == (2, errors)


@pytest.mark.parametrize(
    "answer",
    ["", "no json", "[]", "null", '{"type":"start_ack"}', '{"type":"start_ack","id":"x"}', '{"type":"what"}'],
)
async def test_unknown_frame_is_a_protocol_error(transport: AppSyncLiveTransport, answer: str) -> None:
    with pytest.raises(TransportProtocolError):
        transport._parse_answer(answer)
