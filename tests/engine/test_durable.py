"""State over ``kill -9`` of the engine: what each service acknowledged is there again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.restarts import Scenario, failures_of
from tests.engine.test_events_replays import archived_events_and_a_replay_that_goes_on
from tests.engine.test_nested_stacks import nested_stacks_that_are_updated_and_deleted_later
from tests.engine.test_persistence import FLOW, USER, make_user
from tests.engine.test_queue_moves import Pipe, receive_all
from tests.engine.test_queue_receipts import depth
from tests.engine.world import World, free_port, wait_until

KEYS: dict[str, Any] = {
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


class Home:
    """Starts one engine after the other with the same folder and port, and kills each."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()

    @contextmanager
    def engine(self) -> Iterator[World]:
        world = World(data=self.data, port=self.port)
        try:
            yield world
        finally:
            world.process.kill()
            world.process.wait(60)
            world.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def item(partition: str, sort: int, **rest: Any) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"N": str(sort)}, **rest}


def read_stream(world: World, arn: str, iterator: str | None = None) -> tuple[list[Any], str]:
    streams = world.client("dynamodbstreams")
    if iterator is None:
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
            "ShardIterator"
        ]
    answer = streams.get_records(ShardIterator=iterator)
    return answer["Records"], answer["NextShardIterator"]


def tables_with_every_kind_of_write_and_their_streams() -> Scenario:
    token = "b" * 20
    world = yield
    dynamodb = world.client("dynamodb")
    dynamodb.create_table(
        TableName="tab",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **KEYS,
    )
    arn = dynamodb.describe_table(TableName="tab")["Table"]["LatestStreamArn"]
    dynamodb.put_item(TableName="tab", Item=item("a", 1, b={"B": b"\0\xff"}, n={"N": "1.5"}))
    dynamodb.put_item(TableName="tab", Item=item("a", 2))
    dynamodb.update_item(
        TableName="tab",
        Key=item("a", 2),
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"L": [{"S": "x"}]}},
    )
    dynamodb.delete_item(TableName="tab", Key=item("a", 1))
    dynamodb.batch_write_item(
        RequestItems={"tab": [{"PutRequest": {"Item": item("b", number)}} for number in range(3)]}
    )
    writes = [
        {"Put": {"TableName": "tab", "Item": item("c", 1)}},
        {"Delete": {"TableName": "tab", "Key": item("b", 1)}},
    ]
    dynamodb.transact_write_items(TransactItems=writes, ClientRequestToken=token)
    dynamodb.execute_statement(Statement="INSERT INTO tab VALUE {'pk': 'd', 'sk': 1}")
    before = dynamodb.scan(TableName="tab")["Items"]
    records, iterator = read_stream(world, arn)
    assert len(records) >= 9
    world = yield
    dynamodb = world.client("dynamodb")
    assert dynamodb.scan(TableName="tab")["Items"] == before
    assert dynamodb.describe_table(TableName="tab")["Table"]["ItemCount"] == len(before)
    assert read_stream(world, arn)[0] == records
    # A reader of pages continues; new entries come behind.
    dynamodb.put_item(TableName="tab", Item=item("e", 1))
    (following,), _ = read_stream(world, arn, iterator)
    assert following["dynamodb"]["Keys"] == item("e", 1)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in [*records, following]]
    assert numbers == sorted(set(numbers))
    # The transaction is known by its token: it writes nothing again.
    dynamodb.transact_write_items(TransactItems=writes, ClientRequestToken=token)
    with pytest.raises(ClientError) as refused:
        dynamodb.transact_write_items(TransactItems=writes[:1], ClientRequestToken=token)
    assert refused.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"
    dynamodb.delete_table(TableName="tab")
    dynamodb.create_table(TableName="tab", **KEYS)
    dynamodb.put_item(TableName="tab", Item=item("new", 1))
    world = yield
    assert world.client("dynamodb").scan(TableName="tab")["Items"] == [item("new", 1)]


def messages_with_their_receipts_counts_and_delays() -> Scenario:
    world = yield
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
    attribute = {"kind": {"DataType": "Binary", "BinaryValue": b"\0\xff"}}
    for number in range(4):
        sqs.send_message(QueueUrl=url, MessageBody=f"m{number}", MessageAttributes=attribute)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "m4"}])
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=messages[1]["ReceiptHandle"], VisibilityTimeout=0
    )
    purged = sqs.create_queue(QueueName="purged")["QueueUrl"]
    sqs.send_message(QueueUrl=purged, MessageBody="gone")
    sqs.purge_queue(QueueUrl=purged)
    world = yield
    sqs = world.client("sqs")
    counts = ("", "NotVisible", "Delayed")
    names = [f"ApproximateNumberOfMessages{suffix}" for suffix in counts]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert [attributes[name] for name in names] == ["3", "1", "1"]
    assert "Messages" not in sqs.receive_message(QueueUrl=purged)
    again = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        AttributeNames=["ApproximateReceiveCount"],
        MessageAttributeNames=["All"],
    )["Messages"]
    assert [message["Body"] for message in again] == [messages[1]["Body"], "m3", "m4"]
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in again] == ["2", "1", "1"]
    assert again[0]["MessageAttributes"]["kind"]["BinaryValue"] == b"\0\xff"
    # In flight still, by the handle of before.
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=messages[2]["ReceiptHandle"], VisibilityTimeout=0
    )
    (back,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert back["MessageId"] == messages[2]["MessageId"]


def a_message_in_flight_becomes_visible_when_its_time_is_over() -> Scenario:
    world = yield
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="flying", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    world = yield
    (message,) = world.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert message["Body"] == "m"


def a_fifo_queue_keeps_its_order_its_numbers_and_what_it_has_been_sent() -> Scenario:
    def send(sqs: Any, body: str, group: str = "g") -> Any:
        return sqs.send_message(
            QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=body
        )

    world = yield
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sent = [send(sqs, body) for body in "abc"]
    (first,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert first["Body"] == "a"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    world = yield
    sqs = world.client("sqs")
    assert send(sqs, "a")["MessageId"] == sent[0]["MessageId"]
    assert int(send(sqs, "d")["SequenceNumber"]) > int(sent[2]["SequenceNumber"])
    bodies = []
    for _ in range(3):
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        bodies.append(message["Body"])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert bodies == ["b", "c", "d"]


def dead_letters_are_where_they_were_moved_to() -> Scenario:
    world = yield
    sqs = world.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 1}'
    url = sqs.create_queue(QueueName="bad", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})[
        "QueueUrl"
    ]
    sqs.send_message(QueueUrl=url, MessageBody="bad")
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    world = yield
    sqs = world.client("sqs")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "bad"


def held_by_both(world: World, pipe: Pipe) -> int | None:
    """Return how many messages a pipe's queues hold together; None when one was moved meanwhile."""
    dead, moved = depth(world, pipe.dead_url), depth(world, pipe.url)
    return dead + moved if depth(world, pipe.dead_url) == dead else None


def a_move_of_dead_letters_goes_on_and_each_is_in_one_queue() -> Scenario:
    world = yield
    pipe = Pipe(world)
    pipe.kill("a", "b", "c", "d")
    pipe.start(MaxNumberOfMessagesPerSecond=2)
    wait_until(lambda: pipe.latest()["ApproximateNumberOfMessagesMoved"])
    world = yield
    pipe.world = world
    # The moves may go on already, for another scenario.
    assert wait_until(lambda: held_by_both(world, pipe)) == 4
    assert world.send("POST", "/_localcloud/resume", b"", {})[0] == 200
    wait_until(lambda: depth(world, pipe.dead_url) == 0)
    assert pipe.ended()["Status"] == "COMPLETED"
    bodies = [message["Body"] for message in receive_all(world, pipe.url)]
    assert sorted(bodies) == ["a", "b", "c", "d"]


def people_their_groups_tokens_and_the_keys_that_sign_them() -> Scenario:
    world = yield
    pool, client = make_user(world)
    cognito = world.client("cognito-idp")
    cognito.create_group(UserPoolId=pool, GroupName="staff")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="ada", GroupName="staff")
    keys = world.get(f"/{pool}/.well-known/jwks.json")
    tokens = cognito.initiate_auth(ClientId=client, AuthFlow=FLOW, AuthParameters=USER)[
        "AuthenticationResult"
    ]
    world = yield
    cognito = world.client("cognito-idp")
    assert world.get(f"/{pool}/.well-known/jwks.json") == keys
    refreshed = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )
    assert refreshed["AuthenticationResult"]["IdToken"]
    assert cognito.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
    groups = cognito.admin_list_groups_for_user(UserPoolId=pool, Username="ada")["Groups"]
    assert [group["GroupName"] for group in groups] == ["staff"]
    cognito.global_sign_out(AccessToken=tokens["AccessToken"])
    world = yield
    with pytest.raises(ClientError, match="NotAuthorized"):
        world.client("cognito-idp").initiate_auth(
            ClientId=client,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )


def objects_and_uploads_that_are_under_way() -> Scenario:
    world = yield
    s3 = world.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k/ä", Body=b"\0body", Metadata={"a": "1"}, Tagging="x=y")
    s3.put_object(Bucket="bucket", Key="gone", Body=b"")
    s3.delete_object(Bucket="bucket", Key="gone")
    upload = s3.create_multipart_upload(Bucket="bucket", Key="large")["UploadId"]
    part = s3.upload_part(Bucket="bucket", Key="large", UploadId=upload, PartNumber=1, Body=b"part")
    world = yield
    s3 = world.client("s3")
    stored = s3.get_object(Bucket="bucket", Key="k/ä")
    assert (stored["Body"].read(), stored["Metadata"]) == (b"\0body", {"a": "1"})
    assert s3.get_object_tagging(Bucket="bucket", Key="k/ä")["TagSet"] == [{"Key": "x", "Value": "y"}]
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["k/ä"]
    s3.complete_multipart_upload(
        Bucket="bucket",
        Key="large",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    world = yield
    assert world.client("s3").get_object(Bucket="bucket", Key="large")["Body"].read() == b"part"


def control_planes_of_small_services() -> Scenario:
    world = yield
    topic = world.client("sns").create_topic(Name="t")["TopicArn"]
    queue = "arn:aws:sqs:us-east-1:000000000000:subscriber"
    world.client("sqs").create_queue(QueueName="subscriber")
    subscription = world.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"FilterPolicy": '{"a": ["b"]}'}
    )["SubscriptionArn"]
    world.client("ssm").put_parameter(Name="/p", Value="1", Type="SecureString")
    world.client("ssm").put_parameter(Name="/p", Value="2", Type="SecureString", Overwrite=True)
    world.client("secretsmanager").create_secret(Name="s", SecretString="hush")
    logs = world.client("logs")
    logs.create_log_group(logGroupName="/l")
    logs.create_log_stream(logGroupName="/l", logStreamName="s")
    for moment in (2000, 1000):
        event = {"timestamp": moment, "message": f"at {moment}"}
        logs.put_log_events(logGroupName="/l", logStreamName="s", logEvents=[event])
    world.client("events").put_rule(Name="r", EventPattern='{"source": ["a"]}')
    world.client("events").put_targets(Rule="r", Targets=[{"Id": "q", "Arn": queue}])
    role = world.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    name = world.function(lambda event: event)
    code = world.client("lambda").get_function(FunctionName=name)["Configuration"]["CodeSha256"]
    machine = world.machine({"Done": {"Type": "Succeed"}})
    api = world.client("apigateway").create_rest_api(name="a")["id"]
    socket = world.client("apigatewayv2").create_api(
        Name="w", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    graph = world.client("appsync").create_graphql_api(name="g", authenticationType="API_KEY")
    key = world.client("appsync").create_api_key(apiId=graph["graphqlApi"]["apiId"])["apiKey"]["id"]
    world = yield
    sns = world.client("sns")
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert attributes["FilterPolicy"] == '{"a": ["b"]}'
    sns.publish(
        TopicArn=topic,
        Message="m",
        MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}},
    )
    assert world.client("sqs").receive_message(QueueUrl=f"{world.endpoint}/000000000000/subscriber")[
        "Messages"
    ]
    parameter = world.client("ssm").get_parameter(Name="/p", WithDecryption=True)["Parameter"]
    assert (parameter["Value"], parameter["Version"]) == ("2", 2)
    assert world.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "hush"
    groups = world.client("logs").describe_log_groups(logGroupNamePrefix="/l")["logGroups"]
    assert len(groups) == 1
    logs = world.client("logs")
    events = logs.get_log_events(logGroupName="/l", logStreamName="s", startFromHead=True)["events"]
    assert [event["message"] for event in events] == ["at 1000", "at 2000"]
    (target,) = world.client("events").list_targets_by_rule(Rule="r")["Targets"]
    assert target["Arn"] == queue
    assert world.client("iam").get_role(RoleName="r")["Role"]["Arn"] == role
    configuration = world.client("lambda").get_function(FunctionName=name)["Configuration"]
    assert (configuration["State"], configuration["CodeSha256"]) == ("Active", code)
    assert world.finished(world.start(machine, {}))["status"] == "SUCCEEDED"
    assert [entry["id"] for entry in world.client("apigateway").get_rest_apis()["items"]] == [api]
    assert world.client("apigatewayv2").get_api(ApiId=socket)["Name"] == "w"
    (api_key,) = world.client("appsync").list_api_keys(apiId=graph["graphqlApi"]["apiId"])["apiKeys"]
    assert api_key["id"] == key
    world.client("ssm").delete_parameter(Name="/p")
    world.client("lambda").delete_function(FunctionName=name)
    world = yield
    with pytest.raises(ClientError, match="ParameterNotFound"):
        world.client("ssm").get_parameter(Name="/p")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        world.client("lambda").get_function(FunctionName=name)


def a_stack_is_whole_once_its_completion_was_told() -> Scenario:
    queue: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}
    table = {"Type": "AWS::DynamoDB::Table", "Properties": KEYS}
    topic = {"Type": "AWS::SNS::Topic"}
    world = yield
    first = world.deploy({"Queue": queue, "Table": table, "Topic": topic})
    assert first.status == "CREATE_COMPLETE"
    ids = first.physical_ids()
    world = yield
    queue["Properties"]["VisibilityTimeout"] = 45
    second = world.deploy({"Queue": queue, "Table": table, "Topic": topic}, stack=first.name)
    assert second.status == "UPDATE_COMPLETE", second.reasons()
    assert second.physical_ids() == ids
    assert world.client("dynamodb").describe_table(TableName=ids["Table"])
    assert world.client("sns").get_topic_attributes(TopicArn=ids["Topic"])


def streams_with_their_shards_records_and_consumers() -> Scenario:
    world = yield
    kinesis = world.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    first = {"StreamName": "s", "ShardId": "shardId-000000000000"}
    number = kinesis.put_record(StreamName="s", Data=b"\0\xff", PartitionKey="a")["SequenceNumber"]
    iterator = kinesis.get_shard_iterator(**first, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(1 << 127))
    arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    shards = kinesis.list_shards(StreamName="s")["Shards"]
    world = yield
    kinesis = world.client("kinesis")
    assert kinesis.list_shards(StreamName="s")["Shards"] == shards
    (record,) = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert (record["Data"], record["SequenceNumber"]) == (b"\0\xff", number)
    described = kinesis.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]
    assert described["ConsumerStatus"] == "ACTIVE"
    kinesis.delete_stream(StreamName="s", EnforceConsumerDeletion=True)
    world = yield
    assert world.client("kinesis").list_streams()["StreamNames"] == []


def records_in_firehose_s_buffers_and_the_history_of_queries() -> Scenario:
    world = yield
    world.client("s3").create_bucket(Bucket="lake")
    role, bucket = "arn:aws:iam::000000000000:role/f", "arn:aws:s3:::lake"
    hints = {"SizeInMBs": 5, "IntervalInSeconds": 900}
    destination = {"RoleARN": role, "BucketARN": bucket, "Prefix": "a/", "BufferingHints": hints}
    firehose, athena = world.client("firehose"), world.client("athena")
    firehose.create_delivery_stream(DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination)
    firehose.put_record(DeliveryStreamName="d", Record={"Data": b"waits"})
    place = {"OutputLocation": "s3://lake/results/"}
    query = athena.start_query_execution(QueryString="SHOW DATABASES", ResultConfiguration=place)
    world = yield
    assert world.send("POST", "/_localcloud/resume", b"", {})[0] == 200
    assert world.send("POST", "/_localcloud/firehose", b"", {})[0] == 200
    s3 = world.client("s3")
    (listed,) = s3.list_objects_v2(Bucket="lake", Prefix="a/")["Contents"]
    assert s3.get_object(Bucket="lake", Key=listed["Key"])["Body"].read() == b"waits"
    name = query["QueryExecutionId"]
    state = world.client("athena").get_query_execution(QueryExecutionId=name)["QueryExecution"]["Status"][
        "State"
    ]
    assert state in {"SUCCEEDED", "FAILED"}
    world.client("firehose").delete_delivery_stream(DeliveryStreamName="d")
    world = yield
    assert world.client("firehose").list_delivery_streams()["DeliveryStreamNames"] == []
    assert len(world.client("s3").list_objects_v2(Bucket="lake", Prefix="a/")["Contents"]) == 1


SCENARIOS: tuple[Callable[[], Scenario], ...] = (
    tables_with_every_kind_of_write_and_their_streams,
    messages_with_their_receipts_counts_and_delays,
    a_message_in_flight_becomes_visible_when_its_time_is_over,
    a_fifo_queue_keeps_its_order_its_numbers_and_what_it_has_been_sent,
    dead_letters_are_where_they_were_moved_to,
    people_their_groups_tokens_and_the_keys_that_sign_them,
    objects_and_uploads_that_are_under_way,
    control_planes_of_small_services,
    a_stack_is_whole_once_its_completion_was_told,
    nested_stacks_that_are_updated_and_deleted_later,
    streams_with_their_shards_records_and_consumers,
    records_in_firehose_s_buffers_and_the_history_of_queries,
    # Last, as they are under way at the kill.
    archived_events_and_a_replay_that_goes_on,
    a_move_of_dead_letters_goes_on_and_each_is_in_one_queue,
)


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseException]:
    return failures_of(SCENARIOS, Home(tmp_path_factory.mktemp("durable")).engine)


@pytest.mark.parametrize("name", [scenario.__name__ for scenario in SCENARIOS])
def test_restart_after_a_kill_restores_every_service(name: str, failures: dict[str, BaseException]) -> None:
    if name in failures:
        raise failures[name]


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """End functions that wait: at its end, this process waits for theirs."""
    event = threading.Event()
    yield event
    event.set()


def test_interrupted_stack_can_be_deployed(home: Home, over: threading.Event) -> None:
    """A custom resource waits for its function, which never answers: the engine ends meanwhile."""
    with home.engine() as world:
        function = world.function(lambda event: over.wait(600))
        arn = world.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
        resources = {
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Waiting": {"Type": "Custom::W", "DependsOn": "Topic", "Properties": {"ServiceToken": arn}},
        }
        template = json.dumps({"Resources": resources})
        cloudformation, sns = world.client("cloudformation"), world.client("sns")
        # A stack's beginning writes what there is of the one before; nothing writes the last one.
        for number, stack in enumerate(("written", "unwritten"), 1):
            cloudformation.create_stack(StackName=stack, TemplateBody=template)
            wait_until(lambda number=number: len(sns.list_topics()["Topics"]) == number)
    with home.engine() as world:
        topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
        done = world.deploy({**topic, "Queue": {"Type": "AWS::SQS::Queue"}}, stack="written")
        assert done.status == "UPDATE_COMPLETE", done.reasons()
        cloudformation = world.client("cloudformation")
        with pytest.raises(ClientError, match="does not exist"):
            cloudformation.describe_stacks(StackName="unwritten")
        cloudformation.create_stack(StackName="unwritten", TemplateBody=json.dumps({"Resources": topic}))
        assert len(world.client("sns").list_topics()["Topics"]) == 2


@pytest.mark.slow
def test_folder_in_use_and_newer_journal_are_refused(home: Home) -> None:
    with home.engine(), pytest.raises(RuntimeError, match="is in use by another process"):
        World(data=home.data)
    (home.data / "engine" / "00000000.log").write_bytes(b"localcloud journal 7\n")
    with pytest.raises(RuntimeError, match="is of version 7 of the journal; this one reads version 1"):
        World(data=home.data)
