"""State over a stop of the engine, part by part."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.states.api.retention import Retention
from tests.engine.restarts import Scenario, failures_of
from tests.engine.standins import ControlStandIn
from tests.engine.world import World, free_port

USER = {"USERNAME": "ada", "PASSWORD": "Correct-horse-1"}
FLOW = "USER_PASSWORD_AUTH"


class Home:
    """Starts one engine after the other with the same folder and port."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()

    @contextmanager
    def engine(self) -> Iterator[World]:
        world = World(data=self.data, port=self.port)
        try:
            yield world
            world.process.send_signal(signal.SIGTERM)
            assert world.process.wait(60) == 0
        finally:
            world.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("persistence"))


def caught(table: str) -> dict[str, Any]:
    """Return a workflow that waits for a person, and writes an item when anything goes wrong."""
    return {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl.$": "$.queue", "MessageBody.$": "$$.Task.Token"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}],
            "End": True,
        },
        "Undo": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {"TableName": table, "Item": {"pk": {"S": "undone"}}},
            "End": True,
        },
    }


def make_user(world: World) -> tuple[str, str]:
    cognito = world.client("cognito-idp")
    pool: str = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client: str = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pool, Username="ada", Password=USER["PASSWORD"], Permanent=True
    )
    return pool, client


def what_a_clean_stop_keeps() -> Scenario:
    world = yield
    dynamodb, sqs, states = (world.client(name) for name in ("dynamodb", "sqs", "stepfunctions"))
    dynamodb.create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    item = {"pk": {"S": "1"}, "n": {"N": "1.5"}, "b": {"B": b"\x00\xff"}, "s": {"SS": ["x", "y"]}}
    dynamodb.put_item(TableName="kept", Item=item)
    stream = dynamodb.describe_table(TableName="kept")["Table"]["LatestStreamArn"]
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    queue_url = sqs.create_queue(QueueName="asked")["QueueUrl"]
    done = world.start(world.machine({"Done": {"Type": "Succeed"}}), {"a": 1}, name="done")
    world.finished(done)
    waiting = world.start(world.machine(caught("kept")), {"queue": queue_url})
    (message,) = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=5)["Messages"]
    pool, client = make_user(world)
    keys = world.get(f"/{pool}/.well-known/jwks.json")
    world.client("secretsmanager").create_secret(Name="kept", SecretString="hush")
    location = world.put("kept", b"\x00body")
    name = world.function(lambda event: event)
    world = yield
    dynamodb, sqs, states = (world.client(name) for name in ("dynamodb", "sqs", "stepfunctions"))
    assert dynamodb.scan(TableName="kept")["Items"] == [item]  # and nothing was undone
    assert dynamodb.describe_table(TableName="kept")["Table"]["LatestStreamArn"] == stream
    assert sqs.get_queue_url(QueueName="kept")["QueueUrl"] == url
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
    assert states.describe_execution(executionArn=done)["status"] == "SUCCEEDED"
    assert states.describe_execution(executionArn=waiting)["status"] == "RUNNING"
    states.send_task_success(taskToken=message["Body"], output="7")
    assert world.send("POST", "/_localcloud/resume", b"", {})[0] == 200
    assert world.finished(waiting)["output"] == 7
    assert world.get(f"/{pool}/.well-known/jwks.json") == keys
    signed = world.client("cognito-idp").initiate_auth(ClientId=client, AuthFlow=FLOW, AuthParameters=USER)
    assert signed["AuthenticationResult"]["IdToken"]
    secret = world.client("secretsmanager").get_secret_value(SecretId="kept")
    assert secret["SecretString"] == "hush"
    bucket, _, key = location.removeprefix("s3://").partition("/")
    assert world.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b"\x00body"
    code = world.client("lambda").get_function(FunctionName=name)
    assert code["Configuration"]["State"] == "Active"
    machine = done.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    with pytest.raises(ClientError) as refused:
        states.start_execution(stateMachineArn=machine, name="done", input="{}")
    assert refused.value.response["Error"]["Code"] == "ExecutionAlreadyExists"


def a_stack_is_updated_and_keeps_its_ids() -> Scenario:
    queue: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}
    api = {"Type": "AWS::AppSync::GraphQLApi", "Properties": {"Name": "a", "AuthenticationType": "API_KEY"}}
    outputs = {"Url": {"Fn::GetAtt": ["Api", "GraphQLUrl"]}}
    world = yield
    first = world.deploy({"Queue": queue, "Api": api}, outputs)
    assert first.status == "CREATE_COMPLETE"
    ids = first.physical_ids()
    world = yield
    assert isinstance(world.control, ControlStandIn)
    queue["Properties"]["VisibilityTimeout"] = 45
    second = world.deploy({"Queue": queue, "Api": api}, outputs, stack=first.name)
    assert second.status == "UPDATE_COMPLETE", second.reasons()
    assert second.physical_ids() == ids
    assert second.outputs == first.outputs
    attributes = world.client("sqs").get_queue_attributes(
        QueueUrl=ids["Queue"], AttributeNames=["VisibilityTimeout"]
    )
    assert attributes["Attributes"] == {"VisibilityTimeout": "45"}
    assert world.control.apis == {}  # no API was created again


def test_dropped_execution_names_are_remembered() -> None:
    kept = Retention(histories=1, records=1, names=9)
    for arn in ("a", "b", "c"):
        kept.ended(arn)
    again = Retention(histories=1, records=1, names=9)
    again.remember(kept.forgotten())
    assert [arn in again for arn in ("a", "b", "c")] == [True, True, False]


def authorizers_of_iot_are_there_again() -> Scenario:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:guard"
    world = yield
    iot = world.client("iot")
    iot.create_authorizer(authorizerName="shop", authorizerFunctionArn=arn, signingDisabled=True)
    iot.set_default_authorizer(authorizerName="shop")
    world = yield
    described = world.client("iot").describe_default_authorizer()["authorizerDescription"]
    assert described["authorizerFunctionArn"] == arn


SCENARIOS = (
    what_a_clean_stop_keeps,
    a_stack_is_updated_and_keeps_its_ids,
    authorizers_of_iot_are_there_again,
)


@pytest.fixture(scope="module")
def failures(home: Home) -> dict[str, BaseException]:
    return failures_of(SCENARIOS, home.engine)


@pytest.mark.parametrize("name", [scenario.__name__ for scenario in SCENARIOS])
def test_restart_after_a_clean_stop_restores_every_service(
    name: str, failures: dict[str, BaseException]
) -> None:
    if name in failures:
        raise failures[name]


@pytest.mark.usefixtures("failures")
def test_data_files_belong_to_the_owner_alone(home: Home) -> None:
    assert list((home.data / "engine").glob("*.log"))
    open_to_others = [path for path in home.data.rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []
