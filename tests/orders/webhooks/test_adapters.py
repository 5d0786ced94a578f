"""SNS, Secrets Manager, the challenge and the function behind the companion, over real HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl

import pytest

from orders.adapters.secret_store import LIFE, SecretsManagerKey
from orders.adapters.signing import Keys, Role
from orders.adapters.sns import SnsPosts, SnsRefused, SnsTopics, publish
from orders.adapters.webhook_challenge import LARGEST, HttpChallenger
from orders.adapters.webhooks_function import WebhooksFunction
from orders.caller import Caller
from orders.errors import (
    CallerError,
    ConfigurationError,
    InvalidWebhook,
    OrderwireError,
    PublishFailed,
    TryAgain,
    WebhookNotFound,
    WebhookNotVerified,
    WebhookQuotaExceeded,
    WebhooksOff,
)
from orders.model import CustomerId, Timestamp
from orders.status import OrderStatus
from orders.webhooks.model import Delivery, Webhook, WebhookStatus
from orders.webhooks.ports import Subscription
from orders.webhooks.views import webhook_view
from tests.orders.engine import free_port
from tests.orders.webhooks.http_server import Request, Server, serving

REGION = "eu-west-1"
ROLE = Role(Keys("AKIDEXAMPLE", "secret", None))
TOPIC = "arn:aws:sns:eu-west-1:123456789012:topic"
DEAD = "arn:aws:sqs:eu-west-1:123456789012:dead"
SPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
ADA = Caller(CustomerId("ada"))
WEBHOOK = Webhook(
    "7c1e",
    ADA.customer_id,
    "https://shop.example/in",
    (OrderStatus.SHIPPED,),
    Delivery.RAW,
    WebhookStatus.ACTIVE,
    TOPIC,
    Timestamp("2026-11-30T12:00:00.000Z"),
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def soon() -> float:
    return time.monotonic() + 60


def form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def xml(action: str, inner: str = "") -> bytes:
    result = f"<{action}Result>{inner}</{action}Result>"
    return f'<{action}Response xmlns="{SPACE}">{result}</{action}Response>'.encode()


def refusal(code: str) -> tuple[int, dict[str, str], bytes]:
    error = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    body = f'<ErrorResponse xmlns="{SPACE}">{error}</ErrorResponse>'
    return 403, {}, body.encode()


class TestPublish:
    def test_message_is_published_signed_with_its_attributes(self, server: Server) -> None:
        server.answer = lambda request: (200, {}, xml("Publish", "<MessageId>1</MessageId>"))
        posts = SnsPosts(REGION, ROLE, endpoint=server.url)
        publish(posts, TOPIC, '{"a": "ü&="}', {"customerId": "ada", "status": "SHIPPED"}, deadline=soon())
        posts.close()
        [request] = server.requests
        assert form(request) == {
            "Action": "Publish",
            "Version": "2010-03-31",
            "TopicArn": TOPIC,
            "Message": '{"a": "ü&="}',
            "MessageAttributes.entry.1.Name": "customerId",
            "MessageAttributes.entry.1.Value.DataType": "String",
            "MessageAttributes.entry.1.Value.StringValue": "ada",
            "MessageAttributes.entry.2.Name": "status",
            "MessageAttributes.entry.2.Value.DataType": "String",
            "MessageAttributes.entry.2.Value.StringValue": "SHIPPED",
        }
        assert f"/{REGION}/sns/aws4_request, " in request.headers["authorization"]

    @pytest.mark.parametrize("answer", [refusal("AuthorizationError"), (502, {}, b"<html"), (200, {}, b"")])
    def test_publish_with_any_other_answer_fails(self, server: Server, answer: Any) -> None:
        server.answer = lambda request: answer
        posts = SnsPosts(REGION, ROLE, endpoint=server.url)
        with pytest.raises(PublishFailed):
            publish(posts, TOPIC, "m", {}, deadline=soon())
        posts.close()


class TestTopics:
    @pytest.fixture
    def topics(self, server: Server) -> Iterator[SnsTopics]:
        posts = SnsPosts(REGION, ROLE, endpoint=server.url)
        yield SnsTopics(posts, DEAD)
        posts.close()

    def test_subscription_has_filter_format_retries_and_dead_letters(
        self, server: Server, topics: SnsTopics
    ) -> None:
        server.answer = lambda request: (200, {}, xml("Subscribe"))
        topics.subscribe(WEBHOOK)
        sent = form(server.requests[0])
        attributes = {
            sent[f"Attributes.entry.{n}.key"]: sent[f"Attributes.entry.{n}.value"] for n in range(1, 5)
        }
        assert (sent["Protocol"], sent["Endpoint"]) == (
            "https",
            "https://shop.example/in?orderwire-webhook=7c1e",
        )
        assert json.loads(attributes["FilterPolicy"]) == {"customerId": ["ada"], "status": ["SHIPPED"]}
        assert attributes["RawMessageDelivery"] == "true"
        assert json.loads(attributes["RedrivePolicy"]) == {"deadLetterTargetArn": DEAD}
        assert json.loads(attributes["DeliveryPolicy"])["healthyRetryPolicy"]["numRetries"] == 12

    @pytest.mark.parametrize("code", ["FilterPolicyLimitExceeded", "SubscriptionLimitExceeded"])
    def test_full_topic_raises_quota_exceeded(self, server: Server, topics: SnsTopics, code: str) -> None:
        server.answer = lambda request: refusal(code)
        with pytest.raises(WebhookQuotaExceeded):
            topics.subscribe(WEBHOOK)

    def test_throttled_call_may_be_retried_and_a_refused_one_is_internal(
        self, server: Server, topics: SnsTopics
    ) -> None:
        server.answer = lambda request: refusal("Throttled")
        with pytest.raises(TryAgain):
            topics.subscription(WEBHOOK)
        server.answer = lambda request: refusal("AuthorizationError")
        with pytest.raises(SnsRefused):
            topics.subscription(WEBHOOK)

    def member(self, endpoint: str, arn: str) -> str:
        return f"<member><Endpoint>{endpoint}</Endpoint><SubscriptionArn>{arn}</SubscriptionArn></member>"

    def test_subscription_is_read_from_a_later_page(self, server: Server, topics: SnsTopics) -> None:
        arn = f"{TOPIC}:1"

        def answer(request: Request) -> tuple[int, dict[str, str], bytes]:
            sent = form(request)
            if sent["Action"] == "GetSubscriptionAttributes":
                entry = "<entry><key>PendingConfirmation</key><value>false</value></entry>"
                return 200, {}, xml("GetSubscriptionAttributes", f"<Attributes>{entry}</Attributes>")
            if "NextToken" not in sent:
                others = self.member("https://other.example/", "PendingConfirmation")
                inner = f"<Subscriptions>{others}</Subscriptions><NextToken>n</NextToken>"
                return 200, {}, xml("ListSubscriptionsByTopic", inner)
            ours = self.member(WEBHOOK.target, arn)
            return 200, {}, xml("ListSubscriptionsByTopic", f"<Subscriptions>{ours}</Subscriptions>")

        server.answer = answer
        assert topics.subscription(WEBHOOK) == Subscription(arn, confirmed=True)

    @pytest.mark.parametrize(
        ("arn", "expected"),
        [("PendingConfirmation", Subscription("PendingConfirmation", confirmed=False)), ("Deleted", None)],
    )
    def test_subscription_without_an_arn_is_unconfirmed(
        self, server: Server, topics: SnsTopics, arn: str, expected: Subscription | None
    ) -> None:
        inner = f"<Subscriptions>{self.member(WEBHOOK.target, arn)}</Subscriptions>"
        server.answer = lambda request: (200, {}, xml("ListSubscriptionsByTopic", inner))
        assert topics.subscription(WEBHOOK) == expected
        topics.unsubscribe(arn)
        assert len(server.requests) == 1

    def test_missing_subscription_is_none_and_may_be_removed(self, server: Server, topics: SnsTopics) -> None:
        server.answer = lambda request: (200, {}, xml("ListSubscriptionsByTopic"))
        assert topics.subscription(WEBHOOK) is None
        server.answer = lambda request: refusal("NotFound")
        topics.unsubscribe(f"{TOPIC}:1")


class TestSecret:
    def test_key_is_read_again_after_its_lifetime_alone(self, server: Server) -> None:
        server.answer = lambda request: (200, {}, json.dumps({"SecretString": "k" * 64}).encode())
        now = [0.0]
        secret = SecretsManagerKey("arn:secret", REGION, ROLE, endpoint=server.url, clock=lambda: now[0])
        for at in (0.0, LIFE, LIFE + 1):
            now[0] = at
            assert secret.read() == b"k" * 64
        secret.close()
        assert [json.loads(request.body) for request in server.requests] == [{"SecretId": "arn:secret"}] * 2

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (400, {"__type": "AccessDeniedException"}, ConfigurationError),
            (200, {"SecretString": "short"}, ConfigurationError),
            (200, {"SecretBinary": "AAAA"}, ConfigurationError),
            (500, {}, TryAgain),
            (200, [], TryAgain),
        ],
    )
    def test_missing_key_is_an_error_without_secrets(
        self, server: Server, status: int, body: object, kind: type[OrderwireError]
    ) -> None:
        server.answer = lambda request: (status, {}, json.dumps(body).encode())
        secret = SecretsManagerKey("arn:secret", REGION, ROLE, endpoint=server.url)
        with pytest.raises(kind) as error:
            secret.read()
        assert "short" not in str(error.value)
        secret.close()


@contextmanager
def dribbling(begin: bytes) -> Iterator[int]:
    """Answer with ``begin``, and then a byte now and then for as long as the client listens."""
    over = threading.Event()

    def dribble(listener: socket.socket) -> None:
        with suppress(OSError), listener.accept()[0] as client:
            client.sendall(begin)
            while begin and not over.wait(0.02):
                client.sendall(b"x")
            over.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=dribble, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join()


class TestChallenge:
    def test_challenge_goes_to_the_checked_address_whatever_the_name(self, server: Server) -> None:
        port = server.url.rpartition(":")[2]
        server.answer = lambda request: (200, {}, b'{"answer": "x"}')
        answer = HttpChallenger().post(f"http://shop.invalid:{port}/in?a=1", "127.0.0.1", b"body")
        [request] = server.requests
        assert (answer, request.path, request.body) == (b'{"answer": "x"}', "/in?a=1", b"body")
        assert request.headers["host"] == f"shop.invalid:{port}"

    @pytest.mark.parametrize("status", [201, 204, 302, 403, 500])
    def test_challenge_ignores_other_statuses_and_redirects(self, server: Server, status: int) -> None:
        server.answer = lambda request: (status, {"Location": f"{server.url}/other"}, b"")
        assert HttpChallenger().post(server.url, "127.0.0.1", b"") is None
        assert len(server.requests) == 1

    def test_challenge_reads_a_large_answer_only_in_part(self, server: Server) -> None:
        server.answer = lambda request: (200, {}, b"x" * 1_000_000)
        answer = HttpChallenger().post(server.url, "127.0.0.1", b"")
        assert answer is not None
        assert len(answer) <= 2 * LARGEST

    def test_challenge_to_a_closed_port_has_no_answer(self) -> None:
        assert HttpChallenger().post(f"http://127.0.0.1:{free_port()}/", "127.0.0.1", b"") is None

    def test_challenge_gives_up_a_silent_or_slow_server(self) -> None:
        for begin in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n"):
            with dribbling(begin) as port:
                start = time.monotonic()
                assert HttpChallenger(seconds=0.3).post(f"http://127.0.0.1:{port}/", "127.0.0.1", b"") is None
                assert time.monotonic() - start < 30


class TestFunction:
    @pytest.fixture
    def desk(self, server: Server) -> Iterator[WebhooksFunction]:
        function = WebhooksFunction(
            "arn:aws:lambda:eu-west-1:1:function:f", REGION, ROLE, endpoint=server.url
        )
        yield function
        function.close()

    def test_each_action_becomes_an_event_with_its_caller(
        self, server: Server, desk: WebhooksFunction
    ) -> None:
        def answer(request: Request) -> tuple[int, dict[str, str], bytes]:
            view = webhook_view(WEBHOOK)
            results: dict[str, object] = {
                "register": {"webhook": view, "secret": "whsec_x"},
                "list": {"webhooks": [view]},
            }
            event = json.loads(request.body)
            return 200, {}, json.dumps({"result": results.get(event["action"], view)}).encode()

        server.answer = answer
        registered = desk.register({"url": "u"}, ADA, root="body")
        assert (registered.webhook, registered.secret) == (WEBHOOK, "whsec_x")
        assert desk.list(ADA) == [WEBHOOK]
        assert desk.verify("7c1e", ADA) == desk.remove("7c1e", ADA) == WEBHOOK
        assert server.requests[0].path == (
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af/invocations"
        )
        assert json.loads(server.requests[0].body) == {
            "action": "register",
            "customerId": "ada",
            "input": {"url": "u"},
            "root": "body",
        }

    @pytest.mark.parametrize(
        "error",
        [
            InvalidWebhook("must begin with https://", path="body.url", code="NOT_HTTPS"),
            WebhookNotFound(),
            WebhookNotVerified("NO_ANSWER"),
            WebhookQuotaExceeded("CUSTOMER", 5),
            WebhooksOff(),
        ],
    )
    def test_caller_error_of_the_function_is_raised_unchanged(
        self, server: Server, desk: WebhooksFunction, error: CallerError
    ) -> None:
        document = {"kind": type(error).__name__, "type": "t", "message": str(error), "info": error.info}
        server.answer = lambda request: (200, {}, json.dumps({"error": document}).encode())
        with pytest.raises(type(error)) as raised:
            desk.verify("7c1e", ADA)
        assert (str(raised.value), raised.value.info) == (str(error), error.info)

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (429, b"", TryAgain),
            (503, b"", TryAgain),
            (200, b'{"error": {"kind": "Contended", "message": "m", "info": null}}', TryAgain),
            (200, b'{"errorMessage": "Task timed out"}', OrderwireError),
            (200, b'{"error": {"kind": "KeyError"}}', OrderwireError),
            (200, b"null", OrderwireError),
            (404, b"<html>", OrderwireError),
        ],
    )
    def test_failure_of_the_function_is_internal(
        self, server: Server, desk: WebhooksFunction, status: int, body: bytes, kind: type[OrderwireError]
    ) -> None:
        server.answer = lambda request: (status, {}, body)
        with pytest.raises(kind) as error:
            desk.list(ADA)
        assert type(error.value) is kind
