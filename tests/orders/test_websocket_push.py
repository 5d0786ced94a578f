"""A push to one connection: the request, its signature held against boto3's own, and every answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.adapters.endpoints import endpoint_for
from orders.adapters.signing import Role, Signer
from orders.adapters.websocket_push import WebSocketPush
from orders.errors import ConfigurationError, ConnectionGone, PublishFailed, PublishLate
from tests.orders.engine import free_port
from tests.orders.fake_management import FakeManagement, fake_management

KEY_ID, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a/session+token=="
REGION = "eu-west-1"
# As API Gateway makes them, and worse than it ever would.
IDS = ["IAAAAfKoIAMCJqw=", "d/+=", "a b", "ü%3D"]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)


@pytest.fixture
def server() -> Iterator[FakeManagement]:
    with fake_management() as running:
        yield running


@pytest.fixture
def pusher() -> Iterator[WebSocketPush]:
    created = WebSocketPush(REGION)
    created.prepare()
    yield created
    created.close()


def push(pusher: WebSocketPush, server: FakeManagement, name: str = IDS[0], *, within: float = 20) -> None:
    pusher.push(server.endpoint, name, b'{"type":"pong"}', deadline=time.monotonic() + within)


@pytest.mark.parametrize("name", IDS)
def test_push_request_equals_that_of_boto3(
    pusher: WebSocketPush, server: FakeManagement, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        aws_session_token=TOKEN,
    )
    client.post_to_connection(ConnectionId=name, Data=b'{"type":"pong"}')
    client.close()
    push(pusher, server, name)
    theirs, ours = server.posted
    assert ours.path == theirs.path
    assert ours.connection_id == name
    assert ours.body == theirs.body
    assert ours.headers["host"] == theirs.headers["host"]
    assert ours.headers["x-amz-security-token"] == TOKEN
    scope = f"/{REGION}/execute-api/aws4_request, SignedHeaders="
    assert scope in ours.headers["authorization"]
    assert scope in theirs.headers["authorization"]
    # And the signature is the one that botocore gives to what arrived.
    assert ours.headers["authorization"] == signed_by_botocore(
        f"{server.endpoint.removesuffix('/api')}{ours.path}",
        ours.body,
        {"content-type": ours.headers["content-type"]},
        "execute-api",
        ours.headers["x-amz-date"],
    )


def signed_by_botocore(url: str, body: bytes, headers: dict[str, str], service: str, date: str) -> str:
    """Return the Authorization header of botocore's own signature at that moment."""
    request = AWSRequest(method="POST", url=url, data=body, headers=headers)
    auth: Any = SigV4Auth(Credentials(KEY_ID, SECRET, TOKEN), service, REGION)
    # The steps of add_auth, at a moment of our choice.
    request.context["timestamp"] = date
    auth._modify_request_before_signing(request)
    del request.headers["X-Amz-Date"]
    request.headers["X-Amz-Date"] = date
    canonical = auth.canonical_request(request)
    auth._inject_signature_to_request(
        request, auth.signature(auth.string_to_sign(request, canonical), request)
    )
    return str(request.headers["Authorization"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text("abc/%=+@ ü~-._", max_size=20),
    st.binary(max_size=50),
    st.sampled_from(["execute-api", "appsync", "dynamodb"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),
)
def test_push_signature_equals_that_of_botocore(
    path: str, body: bytes, service: str, moment: datetime
) -> None:
    from urllib.parse import quote

    role = Role()
    role._credentials = Credentials(KEY_ID, SECRET, TOKEN)
    signer = Signer(service, REGION, role)
    # No dots and slashes to normalize: there are none in the paths that are asked for.
    url = f"https://example.invalid:8443/x{quote(path.replace('.', '').replace('/', ''))}"
    headers = {"content-type": "application/json", "x-amz-target": "A  b"}
    ours = signer.sign(url, body, headers, now=moment.replace(tzinfo=UTC))
    date = ours["x-amz-date"]
    assert ours["authorization"] == signed_by_botocore(url, body, headers, service, date)


def test_every_signature_of_a_day_equals_that_of_botocore() -> None:
    signer = Signer("dynamodb", REGION)
    url, headers = "https://dynamodb.eu-west-1.amazonaws.com/?b=1", {"content-type": "application/json"}
    for minute, body in enumerate([b"one", b"two", b"one"]):
        ours = signer.sign(url, body, headers, now=datetime(2026, 11, 30, 12, minute, tzinfo=UTC))
        assert ours["authorization"] == signed_by_botocore(url, body, headers, "dynamodb", ours["x-amz-date"])


def test_signature_has_the_current_time() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    date = Signer("appsync", REGION).sign("https://x/graphql", b"", {})["x-amz-date"]
    signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert before <= signed <= datetime.now(UTC)


def test_missing_credentials_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    import botocore.session

    nobody = SimpleNamespace(get_credentials=lambda: None)
    monkeypatch.setattr(botocore.session, "get_session", lambda: nobody)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ConfigurationError, match="There are no AWS credentials"):
        WebSocketPush(REGION).prepare()


def test_pushes_to_one_api_share_a_connection(pusher: WebSocketPush, server: FakeManagement) -> None:
    for name in IDS:
        push(pusher, server, name)
    assert len(server.clients) == 1


def test_push_to_a_closed_connection_raises_gone(pusher: WebSocketPush, server: FakeManagement) -> None:
    server.does.statuses = {IDS[0]: [410]}
    with pytest.raises(ConnectionGone, match="the connection is closed"):
        push(pusher, server)


@pytest.mark.parametrize("status", [400, 403, 413, 429, 500, 504])
def test_push_with_any_other_answer_fails(pusher: WebSocketPush, server: FakeManagement, status: int) -> None:
    server.does.statuses = {IDS[0]: [status]}
    with pytest.raises(PublishFailed, match=rf"^API Gateway answered {status}$"):
        push(pusher, server)


def test_push_without_an_answer_is_late(pusher: WebSocketPush, server: FakeManagement) -> None:
    server.does.hanging = {IDS[0]}
    with pytest.raises(PublishLate):
        push(pusher, server, within=0.1)
    server.does.hanging = set()
    server.does.let_go.set()
    push(pusher, server)


def test_push_to_a_deleted_api_raises_gone(pusher: WebSocketPush) -> None:
    with pytest.raises(ConnectionGone):
        pusher.push(f"http://127.0.0.1:{free_port()}/api", IDS[0], b"{}", deadline=time.monotonic() + 20)


def test_push_fails_when_the_server_hangs_up(pusher: WebSocketPush, server: FakeManagement) -> None:
    server.does.closing = {IDS[0]}
    with pytest.raises(PublishFailed, match="RemoteDisconnected|ConnectionReset"):  # noqa: RUF043
        push(pusher, server)


@pytest.mark.parametrize(
    ("environment", "endpoint"),
    [
        ({}, "https://abc.execute-api.eu-west-1.amazonaws.com/api"),
        ({"AWS_ENDPOINT_URL": ""}, "https://abc.execute-api.eu-west-1.amazonaws.com/api"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "http://abc.execute-api.eu-west-1.amazonaws.com/api"),
    ],
)
def test_push_address_has_the_scheme_of_the_configured_endpoint(
    environment: dict[str, str], endpoint: str
) -> None:
    assert endpoint_for("abc.execute-api.eu-west-1.amazonaws.com", "api", environment) == endpoint


def disconnect(pusher: WebSocketPush, server: FakeManagement, name: str) -> None:
    pusher.disconnect(server.endpoint, name, deadline=time.monotonic() + 20)


@pytest.mark.parametrize("name", IDS)
def test_disconnect_request_equals_that_of_boto3(
    pusher: WebSocketPush, server: FakeManagement, name: str
) -> None:
    server.does.statuses = {name: [204]}
    client = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
        aws_session_token=TOKEN,
    )
    client.delete_connection(ConnectionId=name)
    client.close()
    disconnect(pusher, server, name)
    theirs, ours = server.posted
    assert (ours.method, ours.path, ours.body) == (theirs.method, theirs.path, theirs.body)
    moment = datetime.strptime(ours.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    signer = Signer("execute-api", REGION)
    shown = {"content-type": "application/json"}
    url = f"{server.endpoint.removesuffix('/api')}{ours.path}"
    expected = signer.sign(url, b"", shown, now=moment, method="DELETE")
    assert ours.headers["authorization"] == expected["authorization"]
    assert signer.sign(url, b"", shown, now=moment)["authorization"] != expected["authorization"]


def test_disconnect_of_a_gone_connection_succeeds(pusher: WebSocketPush, server: FakeManagement) -> None:
    server.does.statuses = {"gone": [410]}
    disconnect(pusher, server, "gone")


def test_failed_disconnect_is_reported(pusher: WebSocketPush, server: FakeManagement) -> None:
    server.does.statuses = {"c": [500]}
    with pytest.raises(PublishFailed, match="API Gateway answered 500"):
        disconnect(pusher, server, "c")
