"""SNS's resources in templates: subscriptions that are confirmed, and properties that have an effect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.hooks import Hook
from tests.engine.test_sns_api import bodies, queue, refusal
from tests.engine.world import World

Resources = dict[str, Any]


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.close()


def topic(**properties: Any) -> Resources:
    return {"Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}}


def subscription(endpoint: str, protocol: str = "http", **properties: Any) -> Resources:
    whole = {"TopicArn": {"Ref": "Topic"}, "Protocol": protocol, "Endpoint": endpoint, **properties}
    return {"Subscription": {"Type": "AWS::SNS::Subscription", "Properties": whole}}


OUTPUTS = {"Topic": {"Ref": "Topic"}}


def test_separate_subscription_is_confirmed_and_receives_messages(world: World, hook: Hook) -> None:
    path = f"/{world.name('own')}"
    policy = {"requestPolicy": {"headerContentType": "application/json"}}
    own = subscription(
        hook.url + path, RawMessageDelivery=True, DeliveryPolicy=policy, FilterPolicy={"to": ["us"]}
    )
    stack = world.deploy({**topic(), **own}, OUTPUTS)
    assert stack.status == "CREATE_COMPLETE"
    arn = hook.confirm(path)
    assert arn == stack.physical_ids()["Subscription"]
    sns = world.client("sns")
    for receiver in ("them", "us"):
        attributes = {"to": {"DataType": "String", "StringValue": receiver}}
        sns.publish(TopicArn=stack.outputs["Topic"], Message=receiver, MessageAttributes=attributes)
    message = hook.wait(path, "Notification")
    assert (message.body, message.headers["content-type"]) == (b"us", "application/json")


def test_subscriptions_within_a_topic_are_confirmed_and_changed(world: World, hook: Hook) -> None:
    paths = [f"/{world.name('inline')}" for _ in range(2)]

    def inline(*chosen: str) -> Resources:
        return topic(Subscription=[{"Protocol": "http", "Endpoint": hook.url + path} for path in chosen])

    stack = world.deploy(inline(paths[0]), OUTPUTS)
    hook.confirm(paths[0])
    world.deploy(inline(paths[1]), OUTPUTS, stack.name)
    hook.confirm(paths[1])
    world.client("sns").publish(TopicArn=stack.outputs["Topic"], Message="second alone")
    hook.wait(paths[1], "Notification")
    assert [message.kind for message in hook.at(paths[0])] == ["SubscriptionConfirmation"]


def test_update_keeps_a_subscription_unless_its_endpoint_changes(world: World, hook: Hook) -> None:
    paths = [f"/{world.name('update')}" for _ in range(2)]
    stack = world.deploy({**topic(), **subscription(hook.url + paths[0])}, OUTPUTS)
    arn = hook.confirm(paths[0])
    raw = subscription(hook.url + paths[0], RawMessageDelivery=True)
    assert world.deploy({**topic(), **raw}, OUTPUTS, stack.name).physical_ids()["Subscription"] == arn
    attributes = world.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (attributes["RawMessageDelivery"], attributes["PendingConfirmation"]) == ("true", "false")
    world.deploy({**topic(), **subscription(hook.url + paths[1])}, OUTPUTS, stack.name)
    other = hook.confirm(paths[1])
    assert other != arn
    sns = world.client("sns")
    [listed] = sns.list_subscriptions_by_topic(TopicArn=stack.outputs["Topic"])["Subscriptions"]
    assert listed["SubscriptionArn"] == other
    stack.delete()
    assert "UnsubscribeConfirmation" not in [message.kind for message in hook.received]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"FilterPolicy": {"a": [{"like": "b"}]}}, "FilterPolicy: Unrecognized match type like"),
        (
            {"DeliveryPolicy": {"healthyRetryPolicy": {"numRetries": 1}}},
            "DeliveryPolicy: healthyRetryPolicy.minDelayTarget must be specified",
        ),
    ],
)
def test_invalid_policy_fails_the_stack(
    world: World, hook: Hook, properties: dict[str, Any], reason: str
) -> None:
    stack = world.deploy({**topic(), **subscription(f"{hook.url}/wrong", **properties)})
    assert stack.status.startswith("ROLLBACK")
    assert any(f"Invalid parameter: Attributes Reason: {reason}" in line for line in stack.reasons())


def test_topic_properties_have_an_effect(world: World) -> None:
    policy = {"http": {"defaultThrottlePolicy": {"maxReceivesPerSecond": 7}}}
    stack = world.deploy(topic(SignatureVersion="2", DeliveryPolicy=policy), OUTPUTS)
    arn = stack.outputs["Topic"]
    sns = world.client("sns")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["SignatureVersion"] == "2"
    assert json.loads(attributes["EffectiveDeliveryPolicy"])["http"]["defaultThrottlePolicy"] == {
        "maxReceivesPerSecond": 7
    }
    world.deploy(topic(DisplayName="orders"), OUTPUTS, stack.name)
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert "SignatureVersion" not in attributes
    assert "defaultThrottlePolicy" not in json.loads(attributes["EffectiveDeliveryPolicy"])["http"]


def test_template_fifo_topic_is_fifo(world: World) -> None:
    fifo_queue = {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}}
    fifo = topic(FifoTopic=True, ContentBasedDeduplication=True)
    own = subscription("", "sqs")
    own["Subscription"]["Properties"]["Endpoint"] = {"Fn::GetAtt": ["Queue", "Arn"]}
    stack = world.deploy({**fifo, **own, "Queue": fifo_queue}, {**OUTPUTS, "Queue": {"Ref": "Queue"}})
    arn = stack.outputs["Topic"]
    assert arn.endswith(".fifo")
    sns = world.client("sns")
    for _ in range(2):
        sns.publish(TopicArn=arn, Message="once", MessageGroupId="g")
    sns.publish(TopicArn=arn, Message="twice", MessageGroupId="g")
    messages = bodies(world, stack.outputs["Queue"], 2)
    assert [json.loads(message["Body"])["Message"] for message in messages] == ["once", "twice"]


def test_subscription_to_a_missing_topic_fails_the_stack(world: World) -> None:
    alone = subscription(queue(world)[1], "sqs")
    alone["Subscription"]["Properties"]["TopicArn"] = "arn:aws:sns:us-east-1:000000000000:nowhere"
    stack = world.deploy(alone)
    assert any("Topic does not exist" in line for line in stack.reasons())
    call = world.client("sns").publish
    assert refusal(call, TopicArn="arn:aws:sns:us-east-1:000000000000:nowhere", Message="m")[0] == "NotFound"


def test_endpoint_in_the_form_of_api_gateway_is_the_local_api(world: World) -> None:
    messages: list[Any] = []

    def receive(event: Any) -> Any:
        messages.append(json.loads(event["body"]))
        return {"statusCode": 200, "body": ""}

    function = world.function(receive)
    gateway = world.client("apigateway")
    api = gateway.create_rest_api(name=world.name("api"))["id"]
    [root] = gateway.get_resources(restApiId=api)["items"]
    place = {"restApiId": api, "resourceId": root["id"], "httpMethod": "POST"}
    gateway.put_method(**place, authorizationType="NONE")
    lambda_arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{lambda_arn}/invocations"
    gateway.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="prod")
    endpoint = f"https://{api}.execute-api.us-east-1.amazonaws.com/prod/"
    world.deploy({**topic(), **subscription(endpoint, "https")})
    assert world.lambdas.wait_for(lambda: bool(messages))
    assert messages[0]["Type"] == "SubscriptionConfirmation"
