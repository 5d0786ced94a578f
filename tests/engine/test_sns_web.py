"""SNS over HTTP: confirmation, signed messages, retries, dead letters and the end."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store

from tests.engine.hooks import Hook, get
from tests.engine.test_queues import queue
from tests.engine.world import World

AT_ONCE = {
    "healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 2, "numNoDelayRetries": 2}
}


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.close()


@pytest.fixture
def topic(world: World) -> str:
    arn: str = world.client("sns").create_topic(Name=world.name("topic"))["TopicArn"]
    return arn


Subscribed = Callable[..., tuple[str, str]]


@pytest.fixture
def subscribed(world: World, hook: Hook, topic: str) -> Subscribed:
    """Return a confirmed endpoint's path and the subscription's ARN."""

    def subscribe(**attributes: Any) -> tuple[str, str]:
        path = f"/{world.name('hook')}"
        texts = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in attributes.items()
        }
        world.client("sns").subscribe(
            TopicArn=topic, Protocol="http", Endpoint=hook.url + path, Attributes=texts
        )
        return path, hook.confirm(path)

    return subscribe


def verified(world: World, document: dict[str, Any]) -> None:
    """Check a signature, and the certificate's chain to the authority that the local cloud serves."""
    name = document["SigningCertURL"].removeprefix("https://sns.us-east-1.amazonaws.com/")
    assert name.startswith("SimpleNotificationService-")
    certificate = x509.load_pem_x509_certificate(world.get(f"/_localcloud/sns/{name}")[1])
    authority = x509.load_pem_x509_certificate(world.get("/_localcloud/sns/ca.pem")[1])
    chain = PolicyBuilder().store(Store([authority])).build_server_verifier(x509.DNSName("sns.amazonaws.com"))
    assert chain.verify(certificate, []) == [certificate, authority]
    confirmation = document["Type"] != "Notification"
    names = ["Message", "MessageId", *(["SubscribeURL"] if confirmation else ["Subject"])]
    names += ["Timestamp", *(["Token"] if confirmation else []), "TopicArn", "Type"]
    text = "".join(f"{name}\n{document[name]}\n" for name in names if name in document)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}[document["SignatureVersion"]]
    key.verify(base64.b64decode(document["Signature"]), text.encode(), padding.PKCS1v15(), algorithm())


def test_subscription_is_pending_until_its_endpoint_confirms(world: World, hook: Hook, topic: str) -> None:
    sns, path = world.client("sns"), f"/{world.name('hook')}"
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url + path)
    assert answer["SubscriptionArn"] == "pending confirmation"
    message = hook.wait(path, "SubscriptionConfirmation")
    assert "x-amz-sns-subscription-arn" not in message.headers
    assert message.headers["content-type"] == "text/plain; charset=UTF-8"
    assert message.headers["user-agent"] == "Amazon Simple Notification Service Agent"
    verified(world, message.document)
    [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    sns.publish(TopicArn=topic, Message="too early")
    token = message.document["Token"]
    arn = sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "false"
    assert attributes["ConfirmationWasAuthenticated"] == "true"
    assert sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"] == arn
    sns.publish(TopicArn=topic, Message="in time")
    assert hook.wait(path, "Notification").document["Message"] == "in time"


def test_get_of_the_subscribe_url_confirms(world: World, subscribed: Subscribed) -> None:
    _, arn = subscribed()
    attributes = world.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "false"
    assert attributes["ConfirmationWasAuthenticated"] == "false"
    assert json.loads(attributes["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]["numRetries"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"Token": "0123"}, "Invalid token"),
        ({"Token": "no token"}, "Invalid parameter: Token"),
        ({"Token": "0123", "TopicArn": "nowhere"}, "Invalid parameter: Topic"),
    ],
)
def test_invalid_token_confirms_nothing(
    world: World, topic: str, arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(ClientError) as refused:
        world.client("sns").confirm_subscription(**{"TopicArn": topic, **arguments})
    assert refused.value.response["Error"]["Message"] == message


@pytest.mark.parametrize("version", ["1", "2"])
def test_notification_is_signed(
    world: World, hook: Hook, topic: str, subscribed: Subscribed, version: str
) -> None:
    sns = world.client("sns")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue=version)
    path, arn = subscribed()
    attributes = {"kind": {"DataType": "String", "StringValue": "ß & <b>"}}
    published = sns.publish(TopicArn=topic, Message='{"a": "ß"}', Subject="s", MessageAttributes=attributes)
    message = hook.wait(path, "Notification")
    assert message.headers["x-amz-sns-message-id"] == published["MessageId"]
    assert message.headers["x-amz-sns-topic-arn"] == topic
    assert message.headers["x-amz-sns-subscription-arn"] == arn
    assert "x-amz-sns-rawdelivery" not in message.headers
    document = message.document
    assert document["SignatureVersion"] == version
    assert (document["Message"], document["Subject"]) == ('{"a": "ß"}', "s")
    assert document["MessageAttributes"] == {"kind": {"Type": "String", "Value": "ß & <b>"}}
    verified(world, document)


def test_raw_message_is_the_body_alone(world: World, hook: Hook, topic: str, subscribed: Subscribed) -> None:
    policy = {"requestPolicy": {"headerContentType": "application/json"}}
    path, _ = subscribed(RawMessageDelivery="true", DeliveryPolicy=policy)
    world.client("sns").publish(TopicArn=topic, Message='{"n": 1}')
    message = hook.wait(path, "Notification")
    assert message.body == b'{"n": 1}'
    assert message.headers["x-amz-sns-rawdelivery"] == "true"
    assert message.headers["content-type"] == "application/json"


def test_filter_policy_withholds_messages(
    world: World, hook: Hook, topic: str, subscribed: Subscribed
) -> None:
    path, _ = subscribed(FilterPolicy={"status": ["paid"]}, FilterPolicyScope="MessageBody")
    for status in ("new", "paid"):
        world.client("sns").publish(TopicArn=topic, Message=json.dumps({"status": status}))
    assert json.loads(hook.wait(path, "Notification").document["Message"]) == {"status": "paid"}


def test_failed_delivery_is_retried(world: World, hook: Hook, topic: str, subscribed: Subscribed) -> None:
    path, _ = subscribed(DeliveryPolicy=AT_ONCE)
    hook.statuses[path] = [503, 429]
    world.client("sns").publish(TopicArn=topic, Message="again")
    messages = [hook.wait(path, "Notification", number) for number in (1, 2, 3)]
    assert len({message.headers["x-amz-sns-message-id"] for message in messages}) == 1


@pytest.mark.parametrize("raw", ["true", "false"])
@pytest.mark.parametrize(("statuses", "attempts"), [([500, 500, 500], 3), ([404], 1)])
def test_undeliverable_message_is_a_dead_letter(
    world: World, hook: Hook, topic: str, subscribed: Subscribed, raw: str, statuses: list[int], attempts: int
) -> None:
    url, arn = queue(world)
    redrive = {"deadLetterTargetArn": arn}
    path, _ = subscribed(DeliveryPolicy=AT_ONCE, RedrivePolicy=redrive, RawMessageDelivery=raw)
    hook.statuses[path] = list(statuses)
    attributes = {"n": {"DataType": "Number", "StringValue": "1"}}
    world.client("sns").publish(TopicArn=topic, Message="dead", MessageAttributes=attributes)
    [letter] = world.client("sqs").receive_message(
        QueueUrl=url, WaitTimeSeconds=20, MessageAttributeNames=["All"]
    )["Messages"]
    assert len(hook.at(path, "Notification")) == attempts
    if raw == "true":
        assert letter["Body"] == "dead"
        assert letter["MessageAttributes"] == attributes
    else:
        assert json.loads(letter["Body"])["Message"] == "dead"
        assert "MessageAttributes" not in letter


def test_unreachable_endpoint_is_no_client_error(world: World, topic: str) -> None:
    url, arn = queue(world)
    gone = Hook()
    sns = world.client("sns")
    attributes = {
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn}),
        "DeliveryPolicy": json.dumps(AT_ONCE),
    }
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{gone.url}/gone", Attributes=attributes)
    gone.confirm("/gone")
    gone.close()
    sns.publish(TopicArn=topic, Message="nobody")
    [letter] = world.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert json.loads(letter["Body"])["Message"] == "nobody"


def test_unsubscribed_endpoint_is_notified_and_may_resubscribe(
    world: World, hook: Hook, topic: str, subscribed: Subscribed
) -> None:
    sns = world.client("sns")
    path, arn = subscribed()
    sns.publish(TopicArn=topic, Message="one")
    get(hook.wait(path, "Notification").document["UnsubscribeURL"])
    message = hook.wait(path, "UnsubscribeConfirmation")
    assert message.headers["x-amz-sns-subscription-arn"] == arn
    verified(world, message.document)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    get(message.document["SubscribeURL"])
    [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == arn


def test_unsubscribing_owner_is_not_notified(
    world: World, hook: Hook, topic: str, subscribed: Subscribed
) -> None:
    sns = world.client("sns")
    silent, arn = subscribed()
    sns.unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    other, _ = subscribed()
    sns.publish(TopicArn=topic, Message="one")
    hook.wait(other, "Notification")
    assert [message.kind for message in hook.at(silent)] == ["SubscriptionConfirmation"]


def test_locked_subscription_needs_a_signature_to_end(world: World, hook: Hook, topic: str) -> None:
    sns, path = world.client("sns"), f"/{world.name('hook')}"
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url + path)
    token = hook.wait(path, "SubscriptionConfirmation").document["Token"]
    arn = sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")[
        "SubscriptionArn"
    ]
    status, body = world.get(f"/?Action=Unsubscribe&SubscriptionArn={arn}")
    assert (status, b"AuthorizationError" in body) == (403, True)
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_sns_path_serves_no_other_file(world: World) -> None:
    assert world.get("/_localcloud/sns/SimpleNotificationService-0.pem")[0] == 404
    assert world.get("/_localcloud/sns/key.pem")[0] == 404
