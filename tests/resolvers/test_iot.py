"""AWS IoT's authorizer and its channel: a token in, a policy out; a change in, one signed request out."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, cast

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud.iot.authorizing.answers import parse_answer
from localcloud.iot.policies import PolicyRequest, allows
from localcloud.iot.policies.documents import JSON
from orders.adapters.signing import Keys, Role, Signer
from orders.errors import PublishFailed
from orders.model import CustomerId, OrderId, OrderStatusChanged, Timestamp
from orders.status import OrderStatus
from orders.tokens import Person, TokenRefused
from orders.topics import policy
from orders.views import change_view
from resolvers.authorize_iot import answer, token_of
from resolvers.channels.iot import IotChannel

ARN = "arn:aws:iot:eu-west-1:111122223333"
AT = Timestamp("2026-11-20T18:00:00.123Z")
CHANGE = OrderStatusChanged(OrderId("4b0c"), CustomerId("ada-1"), 3, OrderStatus.VALIDATED, AT)


def may(person: Person, action: str, resource: str) -> bool:
    grant = parse_answer(cast("JSON", answer(person, ARN, now=0.0)))
    assert grant.policies is not None
    return allows(grant.policies, PolicyRequest(action, f"{ARN}:{resource}"))


def test_customer_may_follow_own_orders_alone() -> None:
    ada = Person("ada-1", frozenset(), 4000.0)
    assert may(ada, "iot:Connect", "client/ada-1-x")
    assert may(ada, "iot:Subscribe", "topicfilter/orders/ada-1/4b0c")
    assert may(ada, "iot:Receive", "topic/orders/ada-1/4b0c")
    for action, resource in (
        ("iot:Connect", "client/ada-12"),
        ("iot:Connect", "client/bob-x"),
        ("iot:Subscribe", "topicfilter/orders/+/4b0c"),
        ("iot:Subscribe", "topicfilter/orders/#"),
        ("iot:Subscribe", "topicfilter/orders/ada-12/4b0c"),
        ("iot:Receive", "topic/orders/bob/4b0c"),
        ("iot:Publish", "topic/orders/ada-1/4b0c"),
    ):
        assert not may(ada, action, resource)


def test_staff_may_follow_all_orders_and_publish_nothing() -> None:
    sue = Person("sue", frozenset({"staff"}), 4000.0)
    assert may(sue, "iot:Subscribe", "topicfilter/orders/+/4b0c")
    assert may(sue, "iot:Receive", "topic/orders/ada-1/4b0c")
    assert not may(sue, "iot:Subscribe", "topicfilter/#")
    assert not may(sue, "iot:Publish", "topic/orders/ada-1/4b0c")


def test_connection_lasts_as_long_as_its_token_within_the_limits_of_aws() -> None:
    lives = [
        answer(Person("a", frozenset(), expires), ARN, now=1000.0)["disconnectAfterInSeconds"]
        for expires in (1001.0, 4600.0, 1e9)
    ]
    assert lives == [300, 3600, 86400]


@pytest.mark.parametrize("customer", ["", "*", "a/b", "a*", "${iot:ClientId}", "ada#", "a" * 65])
def test_customer_id_with_policy_characters_is_refused(customer: str) -> None:
    with pytest.raises(ValueError, match="letters, digits and dashes"):
        policy(ARN, customer, staff=False)


def test_token_is_read_from_the_password_or_a_parameter() -> None:
    password = base64.b64encode(b"abc").decode()
    for event in (
        {"protocolData": {"mqtt": {"password": password, "username": "?token=other"}}},
        {"protocolData": {"mqtt": {"username": "ann?x=1&token=abc"}}},
        {"protocolData": {"http": {"queryString": "?token=abc"}}},
        {"token": "abc"},
    ):
        assert token_of(event) == "abc"
    empty: tuple[dict[str, Any], ...] = (
        {},
        {"protocolData": []},
        {"protocolData": {"mqtt": {"password": "!"}}},
    )
    for nothing in empty:
        with pytest.raises(TokenRefused):
            token_of(nothing)


class Broker(BaseHTTPRequestHandler):
    """Takes what is published."""

    protocol_version = "HTTP/1.1"
    received: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Broker.received.append(
            (self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        )
        self.send_response(Broker.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        return


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Broker)
    Broker.received, Broker.status = [], 200
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_change_is_published_retained_and_signed(url: str) -> None:
    channel = IotChannel(url, "eu-west-1", Role(Keys("AKIA1", "secret", "session")))
    channel.publish(CHANGE, deadline=time.monotonic() + 30)
    channel.close()
    [(path, headers, body)] = Broker.received
    assert path == "/topics/orders%2Fada-1%2F4b0c?messageExpiry=604800&qos=1&retain=true"
    assert json.loads(body) == change_view(CHANGE)
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA1/")
    assert "/eu-west-1/iotdata/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"] == "session"


def test_query_is_signed_as_by_botocore() -> None:
    url = "https://data-ats.iot.eu-west-1.amazonaws.com/topics/orders%2Fada-1%2F4b0c?messageExpiry=60&qos=1&retain=true"
    ours = Signer("iotdata", "eu-west-1", Role(Keys("AKIA1", "secret", None))).sign(
        url, b"{}", {"content-type": "application/octet-stream"}
    )
    request = AWSRequest("POST", url, data=b"{}", headers={"content-type": "application/octet-stream"})
    request.context["timestamp"] = ours["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIA1", "secret"), "iotdata", "eu-west-1")
    signer._modify_request_before_signing(request)  # type: ignore[attr-defined]
    request.headers.replace_header("X-Amz-Date", ours["x-amz-date"])
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    assert ours["authorization"].endswith(f"Signature={signature}")


def test_refusal_is_a_failure_of_the_channel(url: str) -> None:
    channel = IotChannel(url, "eu-west-1", Role(Keys("AKIA1", "secret", None)))
    Broker.status = 403
    with pytest.raises(PublishFailed, match="403"):
        channel.publish(CHANGE, deadline=time.monotonic() + 30)
    channel.close()
