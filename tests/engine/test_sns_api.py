"""SNS's API: attributes, limits, publication, queues and functions as subscribers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.test_queues import queue
from tests.engine.world import ACCOUNT, World

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"


@pytest.fixture
def topic(world: World) -> str:
    arn: str = world.client("sns").create_topic(Name=world.name("topic"))["TopicArn"]
    return arn


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def bodies(world: World, url: str, number: int) -> list[dict[str, Any]]:
    """Return so many messages of a queue, in their order."""
    messages: list[dict[str, Any]] = []
    while len(messages) < number:
        answer = world.client("sqs").receive_message(
            QueueUrl=url,
            WaitTimeSeconds=20,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        messages += answer["Messages"]
    return messages


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Colour", "red", "AttributeName"),
        ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
        (
            "FilterPolicyScope",
            "Body",
            "FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes",
        ),
        ("FilterPolicy", '{"a": "b"}', 'FilterPolicy: "a" must be an object or an array'),
        (
            "FilterPolicy",
            '{"a": {"b": ["c"]}}',
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            "RedrivePolicy",
            '{"deadLetterTargetArn": "x"}',
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
        (
            "DeliveryPolicy",
            '{"healthyRetryPolicy": {"numRetries": 101, "minDelayTarget": 1, "maxDelayTarget": 1}}',
            "DeliveryPolicy: healthyRetryPolicy.numRetries must be less than or equal to 100",
        ),
    ],
)
def test_invalid_subscription_attribute_is_refused(
    world: World, topic: str, name: str, value: str, message: str
) -> None:
    sns = world.client("sns")
    endpoint = queue(world)[1]
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)["SubscriptionArn"]
    call = sns.set_subscription_attributes
    refused = refusal(call, SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
    assert refused == ("InvalidParameter", f"Invalid parameter: {message}")
    other = queue(world)[1]
    refused = refusal(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=other, Attributes={name: value})
    if name == "Colour":
        message = "Invalid attribute name: Colour"
    assert refused == ("InvalidParameter", f"Invalid parameter: Attributes Reason: {message}")


@pytest.mark.parametrize(
    ("protocol", "endpoint", "message"),
    [
        ("fax", "1", "Amazon SNS does not support this protocol string: fax"),
        ("http", "https://example.com", "Endpoint must match the specified protocol"),
        ("sqs", "queue", "SQS endpoint ARN"),
        ("lambda", "function", "Lambda endpoint ARN"),
        (
            "sqs",
            f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue.fifo",
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard "
            "SNS topics",
        ),
    ],
)
def test_invalid_endpoint_is_refused(
    world: World, topic: str, protocol: str, endpoint: str, message: str
) -> None:
    subscribe = world.client("sns").subscribe
    refused = refusal(subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert refused == ("InvalidParameter", f"Invalid parameter: {message}")


@pytest.mark.parametrize(
    ("arn", "error"),
    [
        (f"arn:aws:sns:us-east-1:{ACCOUNT}:nowhere", ("NotFound", "Topic does not exist")),
        (
            "nowhere",
            (
                "InvalidParameter",
                "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
            ),
        ),
    ],
)
def test_missing_topic_is_refused_in_the_words_of_aws(world: World, arn: str, error: tuple[str, str]) -> None:
    sns = world.client("sns")
    assert refusal(sns.publish, TopicArn=arn, Message="m") == error
    assert refusal(sns.get_topic_attributes, TopicArn=arn) == error
    assert refusal(sns.list_subscriptions_by_topic, TopicArn=arn) == error


def test_endpoint_has_one_subscription_per_topic(world: World, topic: str) -> None:
    sns, endpoint = world.client("sns"), queue(world)[1]
    raw = {"RawMessageDelivery": "true"}
    first = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=raw)
    again = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    assert again["SubscriptionArn"] == first["SubscriptionArn"]
    refused = refusal(
        sns.subscribe,
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=endpoint,
        Attributes={"RawMessageDelivery": "false"},
    )
    assert refused[1].endswith("Subscription already exists with different attributes")


def test_topic_has_at_most_200_filter_policies(world: World, topic: str) -> None:
    sns = world.client("sns")
    policy = {"FilterPolicy": '{"customer": ["c"]}'}
    for number in range(200):
        arn = sns.subscribe(
            TopicArn=topic, Protocol="lambda", Endpoint=f"{FUNCTION}f{number}", Attributes=policy
        )["SubscriptionArn"]
    one_more = {"TopicArn": topic, "Protocol": "lambda", "Endpoint": f"{FUNCTION}more"}
    assert refusal(sns.subscribe, **one_more, Attributes=policy)[0] == "FilterPolicyLimitExceeded"
    plain = sns.subscribe(**one_more)["SubscriptionArn"]
    change = {"AttributeName": "FilterPolicy", "AttributeValue": '{"customer": ["d"]}'}
    code, _ = refusal(sns.set_subscription_attributes, SubscriptionArn=plain, **change)
    assert code == "FilterPolicyLimitExceeded"
    sns.set_subscription_attributes(SubscriptionArn=arn, **change)
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="")
    sns.set_subscription_attributes(SubscriptionArn=plain, **change)


def test_topic_shows_its_effective_delivery_policy(world: World, topic: str) -> None:
    sns = world.client("sns")
    policy = {
        "http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1}}
    }

    def effective() -> Any:
        attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        return json.loads(attributes["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]

    change = {"TopicArn": topic, "AttributeName": "DeliveryPolicy"}
    sns.set_topic_attributes(**change, AttributeValue=json.dumps(policy))
    assert (effective()["minDelayTarget"], effective()["numMaxDelayRetries"]) == (5, 0)
    sns.set_topic_attributes(**change, AttributeValue="")
    assert effective()["numRetries"] == 3
    assert "DeliveryPolicy" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    refused = refusal(sns.create_topic, Name="t", Attributes={"DeliveryPolicy": '{"http": 1}'})
    assert refused[1] == "Invalid parameter: Attributes Reason: DeliveryPolicy: http must be a JSON object"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Colour", "red", "AttributeName"),
        ("FifoTopic", "true", "AttributeName"),
        ("SignatureVersion", "3", "SignatureVersion: Invalid value [3]. Must be 1 or 2."),
    ],
)
def test_invalid_topic_attribute_is_refused(
    world: World, topic: str, name: str, value: str, message: str
) -> None:
    call = world.client("sns").set_topic_attributes
    refused = refusal(call, TopicArn=topic, AttributeName=name, AttributeValue=value)
    assert refused == ("InvalidParameter", f"Invalid parameter: {message}")


def test_message_has_at_most_256_kib_or_the_limit_of_its_topic(world: World, topic: str) -> None:
    sns = world.client("sns")
    too_long = ("InvalidParameter", "Invalid parameter: Message too long")
    url, arn = queue(world)
    attributes = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    assert refusal(sns.publish, TopicArn=topic, Message="x" * 262_145) == too_long
    change = {"TopicArn": topic, "AttributeName": "MaximumMessageSize"}
    sns.set_topic_attributes(**change, AttributeValue="1048576")
    sns.publish(TopicArn=topic, Message="x" * 1_048_576)
    [message] = bodies(world, url, 1)
    assert len(message["Body"]) == 1_048_576
    assert refusal(sns.publish, TopicArn=topic, Message="x" * 1_048_577) == too_long
    subscribe = {"TopicArn": topic, "Protocol": "http", "Endpoint": "http://127.0.0.1:1/"}
    assert "MaximumMessageSize above 262144" in refusal(sns.subscribe, **subscribe)[1]
    assert "Must be between" in refusal(sns.set_topic_attributes, **change, AttributeValue="5")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"Message": ""}, "Invalid parameter: Empty message"),
        ({"Message": "m", "Subject": "x" * 101}, "Invalid parameter: Subject"),
        (
            {"Message": "no json", "MessageStructure": "json"},
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": '{"sqs": "m"}', "MessageStructure": "json"},
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": "m", "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}},
            "The message attribute 'a' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String.",
        ),
        (
            {"Message": "m", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "nan"}}},
            "Could not cast message attribute 'a' value to number.",
        ),
        (
            {"Message": "m", "MessageDeduplicationId": "d"},
            "Invalid parameter: MessageDeduplicationId Reason: The request includes "
            "MessageDeduplicationId parameter that is not valid for this topic type",
        ),
    ],
)
def test_invalid_publication_is_refused(
    world: World, topic: str, arguments: dict[str, Any], message: str
) -> None:
    assert refusal(world.client("sns").publish, TopicArn=topic, **arguments)[1] == message


def test_batch_reports_each_message(world: World, topic: str) -> None:
    sns = world.client("sns")
    url, arn = queue(world)
    attributes = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    binary = {"blob": {"DataType": "Binary", "BinaryValue": b"\2\3"}}
    answer = sns.publish_batch(
        TopicArn=topic,
        PublishBatchRequestEntries=[
            {"Id": "a", "Message": "first", "MessageAttributes": binary},
            {"Id": "b", "Message": "second", "Subject": "\n"},
        ],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["a"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("b", "InvalidParameter")]
    [message] = bodies(world, url, 1)
    assert message["MessageAttributes"]["blob"]["BinaryValue"] == b"\2\3"
    entries = [{"Id": str(number), "Message": "x" * 100_000} for number in range(3)]
    code, _ = refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)
    assert code == "BatchRequestTooLong"


def test_fifo_topic_keeps_order_and_drops_duplicates(world: World) -> None:
    sns, sqs = world.client("sns"), world.client("sqs")
    name = f"{world.name('topic')}.fifo"
    topic = sns.create_topic(Name=name, Attributes={"FifoTopic": "true"})["TopicArn"]
    url = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert "MessageGroupId" in refusal(sns.publish, TopicArn=topic, Message="m")[1]
    assert (
        "ContentBasedDeduplication"
        in refusal(sns.publish, TopicArn=topic, Message="m", MessageGroupId="g")[1]
    )
    receipts = [
        sns.publish(TopicArn=topic, Message=text, MessageGroupId="g", MessageDeduplicationId=key)
        for text, key in (("one", "1"), ("two", "2"), ("one", "1"))
    ]
    assert receipts[2]["MessageId"] == receipts[0]["MessageId"]
    messages = bodies(world, url, 2)
    documents = [json.loads(message["Body"]) for message in messages]
    assert [document["Message"] for document in documents] == ["one", "two"]
    assert [document["SequenceNumber"] for document in documents] == [
        receipt["SequenceNumber"] for receipt in receipts[:2]
    ]
    assert "Signature" not in documents[0]
    assert messages[0]["Attributes"]["MessageGroupId"] == "g"
    assert messages[0]["Attributes"]["MessageDeduplicationId"] == "1"
    assert (
        "FIFO topics" in refusal(sns.subscribe, TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION + "f")[1]
    )


def test_queue_receives_the_signed_envelope(world: World, topic: str) -> None:
    sns = world.client("sns")
    url, arn = queue(world)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    structure = json.dumps({"default": "all", "sqs": "queues"})
    sns.publish(TopicArn=topic, Message=structure, MessageStructure="json")
    document = json.loads(bodies(world, url, 1)[0]["Body"])
    assert document["Message"] == "queues"
    assert len(document["Signature"]) > 300


def test_messages_for_a_deleted_queue_are_dead_letters(world: World, topic: str) -> None:
    sns = world.client("sns")
    dead, dead_arn = queue(world)
    url, arn = queue(world)
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=policy)
    world.client("sqs").delete_queue(QueueUrl=url)
    sns.publish(TopicArn=topic, Message="lost")
    assert json.loads(bodies(world, dead, 1)[0]["Body"])["Message"] == "lost"


def test_function_receives_every_field_in_the_spelling_of_lambda(world: World, topic: str) -> None:
    sns = world.client("sns")
    function = world.function(lambda event: event)
    arn = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION + function)["SubscriptionArn"]
    published = sns.publish(TopicArn=topic, Message="bell")

    def events() -> list[Any]:
        return [
            event for name, kind, event in world.lambdas.invocations if (name, kind) == (function, "Event")
        ]

    assert world.lambdas.wait_for(lambda: bool(events()))
    [record] = events()[0]["Records"]
    assert record["EventSource"] == "aws:sns"
    assert (record["EventVersion"], record["EventSubscriptionArn"]) == ("1.0", arn)
    notice = record["Sns"]
    assert notice["Subject"] is None
    assert notice["MessageAttributes"] == {}
    assert (notice["Message"], notice["MessageId"]) == ("bell", published["MessageId"])
    assert (notice["Type"], notice["TopicArn"]) == ("Notification", topic)
    assert notice["SigningCertUrl"].startswith("https://sns.us-east-1.amazonaws.com/Simple")
    assert notice["UnsubscribeUrl"].endswith(f"/?Action=Unsubscribe&SubscriptionArn={arn}")
    assert {"Timestamp", "Signature", "SignatureVersion"} < notice.keys()


def test_events_for_a_missing_function_are_dead_letters(world: World, topic: str) -> None:
    dead, dead_arn = queue(world)
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn})}
    sns = world.client("sns")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION + "gone", Attributes=policy)
    sns.publish(TopicArn=topic, Message="nobody")
    assert json.loads(bodies(world, dead, 1)[0]["Body"])["Message"] == "nobody"


def test_deliveries_are_counted(world: World, topic: str) -> None:
    def counted() -> int:
        counts: dict[str, int] = json.loads(world.get("/_localcloud/meter")[1])["deliveries"]
        return counts.get("sqs", 0)

    world.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue(world)[1])
    before = counted()
    world.client("sns").publish(TopicArn=topic, Message="m")
    assert counted() == before + 1
