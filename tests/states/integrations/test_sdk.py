"""Operations of the SDK, in every protocol that services speak."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from localcloud.states.integrations import TaskReply
from localcloud.states.language.errors import EvaluationError
from tests.states.integrations.transports import Task, json_reply

SNS_ANSWER = b"""<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
<MessageId>m-1</MessageId></PublishResult><ResponseMetadata><RequestId>R9</RequestId></ResponseMetadata>
</PublishResponse>"""
SNS_REFUSAL = b"""<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code>
<Message>Topic does not exist</Message></Error><RequestId>R9</RequestId></ErrorResponse>"""
S3_LISTING = b"""<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>3</Size>
<LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>"e"</ETag></Contents></ListBucketResult>"""
S3_REFUSAL = b"""<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"""
EC2_ANSWER = b"""<DescribeVpcsResponse><requestId>R</requestId><vpcSet><item><vpcId>v-1</vpcId>
<isDefault>true</isDefault></item></vpcSet></DescribeVpcsResponse>"""


async def test_json_operation_takes_and_gives_capitalised_members() -> None:
    answer = {"executionArn": "e", "startDate": 0.25, "status": "RUNNING", "inputDetails": {"included": True}}
    task = Task("aws-sdk:sfn:describeExecution", json_reply(answer))
    assert await task.result({"ExecutionArn": "e"}) == {
        "ExecutionArn": "e",
        "StartDate": "1970-01-01T00:00:00.250Z",
        "Status": "RUNNING",
        "InputDetails": {"Included": True},
    }
    request = task.request
    assert (request.service, request.operation, request.method, request.path) == (
        "stepfunctions",
        "DescribeExecution",
        "POST",
        "/",
    )
    assert request.headers["X-Amz-Target"] == "AWSStepFunctions.DescribeExecution"
    assert request.json == {"executionArn": "e"}


async def test_dynamodb_of_the_sdk_spells_types_as_java_and_takes_either_spelling() -> None:
    item = {
        "on": {"BOOL": True},
        "off": {"NULL": True},
        "tags": {"SS": ["a"]},
        "in": {"M": {"x": {"N": "1"}}},
    }
    task = Task("aws-sdk:dynamodb:putItem", json_reply({"Attributes": item}))
    result = await task.result(
        {"TableName": "t", "Item": {**item, "off": {"Nul": True}, "on": {"Bool": True}}}
    )
    assert task.request.json == {"TableName": "t", "Item": item}
    assert result["Attributes"] == {
        "on": {"Bool": True},
        "off": {"Nul": True},
        "tags": {"Ss": ["a"]},
        "in": {"M": {"x": {"N": "1"}}},
    }


async def test_idempotency_token_is_sent_when_it_is_missing() -> None:
    task = Task("aws-sdk:secretsmanager:createSecret", json_reply({"ARN": "a", "Name": "n"}))
    assert await task.result({"Name": "n"}) == {"Arn": "a", "Name": "n"}
    assert task.request.json["ClientRequestToken"]


# localstack: test_aws_sdk.py::TestAwsSdk::test_invalid_secret_name, test_dynamodb_put_item_no_such_table
@pytest.mark.parametrize(
    ("resource", "code", "name", "service"),
    [
        (
            "secretsmanager:createSecret",
            "ValidationException",
            "SecretsManager.SecretsManagerException",
            "SecretsManager",
        ),
        ("dynamodb:putItem", "ResourceNotFoundException", "DynamoDb.ResourceNotFoundException", "DynamoDb"),
        ("dynamodb:putItem", "ValidationException", "DynamoDb.DynamoDbException", "DynamoDb"),
        ("sfn:startExecution", "ExecutionAlreadyExists", "Sfn.ExecutionAlreadyExistsException", "Sfn"),
    ],
)
async def test_refusal_is_named_as_java_names_it(resource: str, code: str, name: str, service: str) -> None:
    refusal = json_reply({"__type": f"com.amazonaws#{code}", "message": "no"}, 400)
    arguments = {
        "secretsmanager:createSecret": {"Name": "a b"},
        "dynamodb:putItem": {"TableName": "t", "Item": {}},
        "sfn:startExecution": {"StateMachineArn": "m"},
    }[resource]
    error = await Task(f"aws-sdk:{resource}", refusal).error(arguments)
    assert error.error == name
    assert error.cause == f"no (Service: {service}, Status Code: 400, Request ID: R1)"


async def test_sns_keeps_the_attributes_of_a_message() -> None:
    task = Task(
        "sns:publish", TaskReply(200, {"x-amzn-RequestId": "R9", "Content-Type": "text/xml"}, SNS_ANSWER)
    )
    attributes = {"kind": {"DataType": "String", "StringValue": "order"}}
    result = await task.result({"TopicArn": "t", "Message": {"a": 1}, "MessageAttributes": attributes})
    form = dict(parse_qsl(task.request.body.decode()))
    assert form["Action"] == "Publish"
    assert form["Message"] == '{"a":1}'
    assert form["MessageAttributes.entry.1.Name"] == "kind"
    assert form["MessageAttributes.entry.1.Value.StringValue"] == "order"
    assert result["MessageId"] == "m-1"
    assert result["SdkHttpMetadata"]["HttpHeaders"]["Content-Type"] == "text/xml"
    assert result["SdkResponseMetadata"] == {"RequestId": "R9"}


async def test_sns_refusal_of_each_kind_has_its_own_words() -> None:
    reply = TaskReply(404, {"x-amzn-RequestId": "R9"}, SNS_REFUSAL)
    optimized = await Task("sns:publish", reply).error({"TopicArn": "t", "Message": "m"})
    plain = await Task("aws-sdk:sns:publish", reply).error({"TopicArn": "t", "Message": "m"})
    assert (optimized.error, optimized.cause) == (
        "SNS.NotFoundException",
        "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: R9; "
        "Proxy: null)",
    )
    assert (plain.error, plain.cause) == (
        "Sns.NotFoundException",
        "Topic does not exist (Service: Sns, Status Code: 404, Request ID: R9)",
    )


async def test_s3_object_is_text_with_the_members_of_its_headers() -> None:
    headers = {"ETag": '"e"', "Content-Type": "text/plain", "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT"}
    task = Task("aws-sdk:s3:getObject", TaskReply(200, headers, "h\u00e9".encode()))
    result = await task.result({"Bucket": "b", "Key": "a/k 1"})
    assert (task.request.method, task.request.path) == ("GET", "/b/a/k%201")
    assert result == {
        "Body": "h\u00e9",
        "ETag": '"e"',
        "ContentType": "text/plain",
        "LastModified": "2026-01-02T03:04:05Z",
        "Metadata": {},
    }


async def test_s3_object_may_be_given_as_json() -> None:
    task = Task("aws-sdk:s3:putObject", TaskReply(200, {"ETag": '"e"'}))
    result = await task.result({"Bucket": "b", "Key": "k", "Body": {"a": 1}, "ContentType": "text/x"})
    assert (task.request.method, task.request.path, task.request.body) == ("PUT", "/b/k", b'{"a":1}')
    assert task.request.headers["Content-Type"] == "text/x"
    assert result == {"ETag": '"e"'}


async def test_s3_listing_is_read_and_asked_for_by_the_query() -> None:
    task = Task("aws-sdk:s3:listObjectsV2", TaskReply(200, {}, S3_LISTING))
    result = await task.result({"Bucket": "b", "Prefix": "a/", "MaxKeys": 5})
    assert task.request.path == "/b?list-type=2&prefix=a%2F&max-keys=5"
    assert result["Contents"] == [
        {"Key": "k", "Size": 3, "LastModified": "2026-01-02T03:04:05Z", "ETag": '"e"'}
    ]
    assert (result["IsTruncated"], result["KeyCount"]) == (False, 1)


# localstack: test_aws_sdk.py::TestAwsSdk::test_s3_no_such_key
async def test_s3_refusal_has_two_identifiers() -> None:
    reply = TaskReply(404, {"x-amz-request-id": "R", "x-amz-id-2": "X"}, S3_REFUSAL)
    error = await Task("aws-sdk:s3:getObject", reply).error({"Bucket": "b", "Key": "k"})
    assert (error.error, error.cause) == (
        "S3.NoSuchKeyException",
        "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: R, "
        "Extended Request ID: X)",
    )


async def test_s3_head_of_a_missing_object_has_its_error_name() -> None:
    error = await Task("aws-sdk:s3:headObject", TaskReply(404)).error({"Bucket": "b", "Key": "k"})
    assert error.error == "S3.NoSuchKeyException"


async def test_rest_json_operation_has_its_members_in_the_path_the_query_and_the_body() -> None:
    task = Task("aws-sdk:scheduler:updateSchedule", json_reply({"ScheduleArn": "a"}))
    arguments = {
        "Name": "s 1",
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "x", "RoleArn": "r"},
        "ClientToken": "c",
    }
    assert await task.result(arguments) == {"ScheduleArn": "a"}
    assert (task.request.method, task.request.path) == ("PUT", "/schedules/s%201")
    assert task.request.json["Target"] == {"Arn": "x", "RoleArn": "r"}


async def test_rest_json_members_get_capitals() -> None:
    task = Task("aws-sdk:apigatewayv2:getApi", json_reply({"apiId": "a", "name": "n"}))
    assert await task.result({"ApiId": "a"}) == {"ApiId": "a", "Name": "n"}
    assert task.request.path == "/v2/apis/a"


async def test_ec2_operation_is_a_form_and_its_answer_is_read() -> None:
    task = Task("aws-sdk:ec2:describeVpcs", TaskReply(200, {}, EC2_ANSWER))
    result = await task.result({"VpcIds": ["v-1"], "Filters": [{"Name": "n", "Values": ["x"]}]})
    form = dict(parse_qsl(task.request.body.decode()))
    assert (form["Action"], form["VpcId.1"], form["Filter.1.Value.1"]) == ("DescribeVpcs", "v-1", "x")
    assert result == {"Vpcs": [{"VpcId": "v-1", "IsDefault": True}]}


async def test_mismatching_arguments_are_refused_before_anything_is_sent() -> None:
    task = Task("aws-sdk:sqs:sendMessage")
    error = await task.error({"QueueUrl": "q", "MessageBody": {"a": 1}, "Colour": "red"})
    assert isinstance(error, EvaluationError)
    assert error.error == "States.Runtime"
    assert error.cause == (
        'The Parameters \'{"QueueUrl":"q","MessageBody":{"a":1},"Colour":"red"}\' could not be used to start '
        "the Task: [The value for the field 'MessageBody' must be a STRING, "
        'The field "Colour" is not supported by Step Functions]'
    )
    assert task.transport.requests == []


async def test_arguments_that_are_no_object_are_refused() -> None:
    error = await Task("aws-sdk:sqs:listQueues").error("all")
    assert error.error == "States.Runtime"


async def test_result_over_the_limit_is_refused() -> None:
    error = await Task("aws-sdk:s3:getObject", TaskReply(200, {}, b"x" * 262_145)).error(
        {"Bucket": "b", "Key": "k"}
    )
    assert error.error == "States.DataLimitExceeded"


# localstack: test_aws_sdk.py::TestAwsSdk::test_dynamodb_invalid_param
async def test_null_member_is_refused_in_the_words_of_the_service() -> None:
    task = Task("aws-sdk:dynamodb:putItem")
    error = await task.error({"TableName": "t", "Item": None})
    assert error.error == "DynamoDb.DynamoDbException"
    assert error.cause is not None
    assert error.cause.startswith(
        "1 validation error detected: Value null at 'item' failed to satisfy constraint: "
        "Member must not be null (Service: DynamoDb, Status Code: 400, Request ID: "
    )
    assert task.transport.requests == []


async def test_member_without_its_capital_is_refused_however_deep() -> None:
    error = await Task("aws-sdk:ec2:describeVpcs").error({"Filters": [{"name": "n"}]})
    assert error.cause is not None
    assert error.cause.endswith('[The field "name" is not supported by Step Functions]')


async def test_sqs_refusal_of_the_sdk_has_the_name_of_its_class() -> None:
    refusal = json_reply(
        {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "none"},
        400,
        x_amzn_query_error="AWS.SimpleQueueService.NonExistentQueue;Sender",
    )
    error = await Task("aws-sdk:sqs:sendMessage", refusal).error(
        {"QueueUrl": "http://x/q", "MessageBody": "x"}
    )
    assert error.error == "Sqs.QueueDoesNotExistException"
