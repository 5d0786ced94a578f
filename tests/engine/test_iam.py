"""Calls with a role's session are held against its policies, at both ways into the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.auth.session_keys import Holder, session_keys
from localcloud.engine.iam.managed import SHIPPED
from localcloud.iam.documents import read_policy
from localcloud.iam.evaluation import AccessRequest, Grants, evaluate
from localcloud.iam.principals import IamCaller
from tests.engine.artefacts import archive
from tests.engine.world import ACCOUNT, REGION, SECRET, World, wait_until

KEYS = iter(f"ASIA{number:016d}" for number in range(10_000_000, 10_000_999))


@pytest.fixture(scope="module", autouse=True)
def enforced(world: World) -> Iterator[None]:
    world.send("PUT", "/_localcloud/iam", b'{"mode": "enforce"}', {})
    yield
    world.send("PUT", "/_localcloud/iam", b'{"mode": "warn"}', {})


def policy(*actions: str, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


class Role:
    """A role of the engine, and clients that act in its session."""

    def __init__(self, world: World, *documents: Mapping[str, Any], trust: Any = None) -> None:
        self.world, self.name = world, world.name("role")
        principal = {"Service": "lambda.amazonaws.com"}
        statement = trust or {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        role = world.client("iam").create_role(
            RoleName=self.name, AssumeRolePolicyDocument=json.dumps(document)
        )
        self.arn: str = role["Role"]["Arn"]
        for number, allowed in enumerate(documents):
            self.put(f"p{number}", allowed)
        key = next(KEYS)
        keys = session_keys(SECRET, key, Holder(self.arn, "worker"))
        self._keys = (key, keys.secret_access_key, keys.session_token)
        self.session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/worker"

    def put(self, name: str, document: Mapping[str, Any]) -> None:
        self.world.client("iam").put_role_policy(
            RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(document)
        )

    def client(self, service: str, keys: tuple[str, str, str] | None = None, region: str = REGION) -> Any:
        key, secret, token = keys or self._keys
        factory: Any = boto3.client
        return factory(
            service,
            endpoint_url=self.world.endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )


def denied(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    answer = error.value.response
    return (
        answer["Error"]["Code"],
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Message"],
    )


def table(world: World) -> str:
    name = world.name("table")
    world.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def table_arn(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def test_call_without_a_policy_is_refused_in_the_words_of_dynamodb(world: World) -> None:
    name = table(world)
    role = Role(world, policy("dynamodb:GetItem", resource=table_arn(name)))
    client = role.client("dynamodb")
    for _ in range(2):  # by the usual way, then by the short one
        assert client.get_item(TableName=name, Key={"id": {"S": "1"}})["ResponseMetadata"]
        with pytest.raises(ClientError) as error:
            client.put_item(TableName=name, Item={"id": {"S": "1"}})
        assert denied(error) == (
            "AccessDeniedException",
            400,
            f"User: {role.session} is not authorized to perform: dynamodb:PutItem on resource: "
            f"{table_arn(name)} because no identity-based policy allows the dynamodb:PutItem action",
        )


def test_transaction_needs_the_single_actions(world: World) -> None:
    name = table(world)
    role = Role(world, policy("dynamodb:PutItem", resource=table_arn(name)))
    client = role.client("dynamodb")
    put = {"Put": {"TableName": name, "Item": {"id": {"S": "1"}}}}
    client.transact_write_items(TransactItems=[put])
    with pytest.raises(ClientError, match="dynamodb:DeleteItem"):
        client.transact_write_items(
            TransactItems=[put, {"Delete": {"TableName": name, "Key": {"id": {"S": "2"}}}}]
        )


def test_call_that_passed_passes_in_no_other_region(world: World) -> None:
    name = table(world)
    role = Role(world, policy("dynamodb:GetItem", resource=table_arn(name)))
    request = {"TableName": name, "Key": {"id": {"S": "1"}}}
    for _ in range(2):  # by the usual way, then by the short one
        role.client("dynamodb").get_item(**request)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        role.client("dynamodb", region="eu-west-1").get_item(**request)


def test_policy_may_require_leading_keys(world: World) -> None:
    name = table(world)
    mine = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["mine-*"]}}
    role = Role(world, policy("dynamodb:*Item", resource=table_arn(name), Condition=mine))
    client = role.client("dynamodb")
    client.put_item(TableName=name, Item={"id": {"S": "mine-1"}})
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client.put_item(TableName=name, Item={"id": {"S": "yours-1"}})
    client.get_item(TableName=name, Key={"id": {"S": "mine-1"}})


def test_policy_change_applies_at_once(world: World) -> None:
    name = table(world)
    role = Role(world)
    client = role.client("dynamodb")
    with pytest.raises(ClientError):
        client.scan(TableName=name)
    role.put("later", policy("dynamodb:Scan", resource=table_arn(name)))
    assert client.scan(TableName=name)["Count"] == 0
    role.put("deny", policy("dynamodb:*", effect="Deny"))
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        client.scan(TableName=name)


def test_session_has_its_identity(world: World) -> None:
    role = Role(world)
    assert role.client("sts").get_caller_identity()["Arn"] == role.session


def test_queues_and_topics_refuse_in_their_own_words(world: World) -> None:
    queue, topic = world.name("queue"), world.name("topic")
    url = world.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
    arn = world.client("sns").create_topic(Name=topic)["TopicArn"]
    role = Role(world)
    with pytest.raises(ClientError) as error:
        role.client("sqs").send_message(QueueUrl=url, MessageBody="m")
    assert denied(error) == (
        "AccessDenied",
        403,
        f"User: {role.session} is not authorized to perform: sqs:sendmessage on resource: "
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue} because no identity-based policy allows the "
        "sqs:sendmessage action",
    )
    with pytest.raises(ClientError) as error:
        role.client("sns").publish(TopicArn=arn, Message="m")
    assert denied(error) == (
        "AuthorizationError",
        403,
        f"User: {role.session} is not authorized to perform: SNS:Publish on resource: {arn} because no "
        "identity-based policy allows the SNS:Publish action",
    )


def test_queue_policy_admits_a_role(world: World) -> None:
    role = Role(world)
    name = world.name("queue")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    allowing = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": role.arn},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        },
    }
    url = world.client("sqs").create_queue(QueueName=name, Attributes={"Policy": json.dumps(allowing)})
    assert role.client("sqs").send_message(QueueUrl=url["QueueUrl"], MessageBody="m")["MessageId"]


def test_objects_are_refused_in_the_words_of_s3(world: World) -> None:
    name = world.name("bucket")
    world.client("s3").create_bucket(Bucket=name)
    prefix = {"StringLike": {"s3:prefix": ["mine/*"]}}
    role = Role(
        world,
        policy("s3:PutObject", resource=f"arn:aws:s3:::{name}/mine/*"),
        policy("s3:ListBucket", resource=f"arn:aws:s3:::{name}", Condition=prefix),
    )
    client = role.client("s3")
    client.put_object(Bucket=name, Key="mine/a", Body=b"1")
    assert client.list_objects_v2(Bucket=name, Prefix="mine/")["KeyCount"] == 1
    with pytest.raises(ClientError, match="s3:ListBucket"):
        client.list_objects_v2(Bucket=name, Prefix="yours/")
    with pytest.raises(ClientError) as error:
        client.get_object(Bucket=name, Key="mine/a")
    assert denied(error) == (
        "AccessDenied",
        403,
        f'User: {role.session} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{name}/'
        'mine/a" because no identity-based policy allows the s3:GetObject action',
    )
    signed = client.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "mine/a"})
    status, body = world.get(signed.removeprefix(world.endpoint))
    assert (status, b"AccessDenied" in body) == (403, True)


def test_assumed_role_needs_its_trust_policy_and_obeys_the_session_policy(world: World) -> None:
    caller = Role(world)
    trust = {"Effect": "Allow", "Principal": {"AWS": caller.arn}, "Action": "sts:AssumeRole"}
    open_role = Role(world, policy("dynamodb:ListTables", "sqs:ListQueues"), trust=trust)
    closed = Role(world)
    sts = caller.client("sts")
    with pytest.raises(ClientError) as error:
        sts.assume_role(RoleArn=closed.arn, RoleSessionName="session")
    assert denied(error)[:2] == ("AccessDenied", 403)
    assert f"is not authorized to perform: sts:AssumeRole on resource: {closed.arn}" in denied(error)[2]
    answer = sts.assume_role(
        RoleArn=open_role.arn, RoleSessionName="session", Policy=json.dumps(policy("dynamodb:*"))
    )["Credentials"]
    keys = (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    assert "TableNames" in caller.client("dynamodb", keys).list_tables()
    with pytest.raises(ClientError, match="because no session policy allows the sqs:listqueues action"):
        caller.client("sqs", keys).list_queues()


def test_permissions_boundary_narrows_a_role(world: World) -> None:
    boundary = world.client("iam").create_policy(
        PolicyName=world.name("boundary"), PolicyDocument=json.dumps(policy("dynamodb:*"))
    )["Policy"]["Arn"]
    role = Role(world, policy("sqs:*", "dynamodb:*"))
    world.client("iam").put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=boundary)
    assert "TableNames" in role.client("dynamodb").list_tables()
    with pytest.raises(ClientError, match="because no permissions boundary allows the sqs:listqueues action"):
        role.client("sqs").list_queues()


def test_report_shows_used_missing_and_unused_permissions(world: World) -> None:
    name = table(world)
    arn = table_arn(name)
    role = Role(world, policy("dynamodb:GetItem", "dynamodb:Scan", resource=arn))
    client = role.client("dynamodb")
    client.get_item(TableName=name, Key={"id": {"S": "1"}})
    with pytest.raises(ClientError):
        client.put_item(TableName=name, Item={"id": {"S": "1"}})
    status, body = world.get("/_localcloud/iam")
    report = json.loads(body)["roles"][role.arn]
    assert status == 200
    assert report["used"] == [{"action": "dynamodb:GetItem", "resources": [arn]}]
    assert report["lacked"][0]["action"] == "dynamodb:PutItem"
    assert report["neverUsed"] == [{"policy": "p0", "action": "dynamodb:Scan", "resources": [arn]}]
    assert report["policy"]["Statement"] == [
        {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": [arn]}
    ]
    refused = f"IAM: refused: User: {role.session} is not authorized to perform: dynamodb:PutItem".encode()
    wait_until(lambda: world.printed().count(refused) == 1)


def test_task_acts_with_the_role_of_its_machine(world: World) -> None:
    name = table(world)
    arn = table_arn(name)
    item = {"TableName": name, "Item": {"id": {"S": "1"}}}
    states = {
        "P": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": item,
            "End": True,
        }
    }
    allowed, closed = Role(world, policy("dynamodb:PutItem", resource=arn)), Role(world)
    assert world.run(states, role=allowed.arn)["status"] == "SUCCEEDED"
    ended = world.run(states, role=closed.arn)
    assert ended["status"] == "FAILED"
    assert ended["error"] == "DynamoDB.AmazonDynamoDBException"
    assert f"is not authorized to perform: dynamodb:PutItem on resource: {arn} because" in ended["cause"]


def test_queue_accepts_messages_of_the_topic_in_its_policy(world: World) -> None:
    name = world.name("queue")
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    sns, sqs = world.client("sns"), world.client("sqs")
    topics = [sns.create_topic(Name=world.name("topic"))["TopicArn"] for _ in range(2)]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topics[0]}},
    }
    allowing = json.dumps({"Version": "2012-10-17", "Statement": statement})
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": allowing})["QueueUrl"]
    for topic in reversed(topics):
        sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
        )
        sns.publish(TopicArn=topic, Message=topic)
    received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in received] == [topics[0]]


def test_function_needs_a_permission_for_the_rule_that_invokes_it(world: World) -> None:
    function = world.function(lambda event: None)
    events, rule = world.client("events"), world.name("rule")
    source = world.name("source")
    arn = events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))["RuleArn"]
    target = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    events.put_targets(Rule=rule, Targets=[{"Id": "f", "Arn": target}])
    entry = {"Source": source, "DetailType": "t", "Detail": "{}"}
    events.put_events(Entries=[entry])
    refused = (
        f"IAM: refused: User: events.amazonaws.com is not authorized to perform: lambda:InvokeFunction on "
        f"resource: {target} because no resource-based policy allows the lambda:InvokeFunction action"
    ).encode()
    wait_until(lambda: refused in world.printed())
    world.client("lambda").add_permission(
        FunctionName=function,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=arn,
    )
    events.put_events(Entries=[entry])
    wait_until(lambda: [name for name, *_ in world.lambdas.invocations if name == function])


@pytest.mark.parametrize("action", ["CheckpointDurableExecution", "GetDurableExecutionState"])
def test_policy_that_sam_attaches_to_durable_functions_allows_their_checkpoints(action: str) -> None:
    [document] = SHIPPED.values()
    caller = IamCaller(f"arn:aws:sts::{ACCOUNT}:assumed-role/work/work", ACCOUNT)
    execution = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:work:1/durable-execution/n/i"
    request = AccessRequest(caller, f"lambda:{action}", execution)
    assert evaluate(request, Grants([read_policy(document)])).allowed


def check_boundaries(world: World) -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/any"
    trust = {"Version": "2012-10-17", "Statement": []}
    properties = {"AssumeRolePolicyDocument": trust, "PermissionsBoundary": boundary}
    resources = {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}
    stack = world.deploy(resources)
    role = world.client("iam").get_role(RoleName=stack.physical_ids()["Role"])["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def test_template_role_has_its_boundary(world: World) -> None:
    check_boundaries(world)


@pytest.mark.parametrize(
    ("count", "has"), [(1, "{} has no log: its role lacks"), (2, "{}, {} have no log: their role lacks")]
)
def test_functions_whose_role_may_not_write_logs_are_named_once(world: World, count: int, has: str) -> None:
    role = Role(world, policy("xray:PutTraceSegments", "xray:PutTelemetryRecords"))
    names = sorted(world.name("function") for _ in range(count))
    for name in names:
        world.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role.arn,
            Handler="a.b",
            Code={"ZipFile": archive({"a.py": "def b(event, context): ..."})},
            TracingConfig={"Mode": "Active"},
        )
    for _ in range(2):
        world.send("POST", "/_localcloud/iam", b'{"review": true}', {})
    sentence = f"IAM: on AWS {has.format(*names)} logs:CreateLogStream, logs:PutLogEvents"
    printed = world.printed().decode()
    assert (printed.count(sentence), printed.count(f"{names[0]} ha"), printed.count(f"{names[-1]} ha")) == (
        1,
        2 - count,
        1,
    )
    report = json.loads(world.get("/_localcloud/iam")[1])["roles"][role.arn]
    assert [used["action"] for used in report["used"]] == [
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ]
