"""Which actions on which resources an API's operation needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.iam.actions import ApiCall, needs

ACCOUNT, REGION = "000000000000", "us-east-1"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Orders"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
URL = f"http://127.0.0.1:4566/{ACCOUNT}/orders"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:order"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k1"


class Lookups:
    def partition_key(self, table: str) -> str | None:
        return "pk"

    def secret_arn(self, name: str) -> str | None:
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf"

    def key_arn(self, alias: str) -> str | None:
        return KEY

    def task_machine(self, token: str) -> str | None:
        return MACHINE

    def iterator_stream(self, iterator: str) -> str | None:
        return None

    def subscription_topic(self, subscription: str) -> str | None:
        return None


def needed_actions(service: str, operation: str, body: Any = None, **more: Any) -> list[tuple[str, str]]:
    encoded = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    call = ApiCall(service, operation, ACCOUNT, REGION, encoded, **more)
    return [(need.action, need.resource) for need in needs(call, Lookups()) or ()]


@pytest.mark.parametrize(
    ("service", "operation", "body", "expected"),
    [
        ("dynamodb", "PutItem", {"TableName": "Orders"}, [("dynamodb:PutItem", TABLE)]),
        (
            *("dynamodb", "Query", {"TableName": "Orders", "IndexName": "by"}),
            [("dynamodb:Query", f"{TABLE}/index/by")],
        ),
        (
            *("dynamodb", "BatchGetItem", {"RequestItems": {"Orders": {"Keys": []}}}),
            [("dynamodb:BatchGetItem", TABLE)],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "Orders"}},
                    {"ConditionCheck": {"TableName": "Orders"}},
                ]
            },
            [("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)],
        ),
        (
            *("dynamodb", "ExecuteStatement", {"Statement": 'SELECT * FROM "Orders"."by" WHERE pk = ?'}),
            [("dynamodb:PartiQLSelect", f"{TABLE}/index/by")],
        ),
        (
            *("dynamodb", "ExecuteStatement", {"Statement": "UPDATE Orders SET a = 1 WHERE pk = 'x'"}),
            [("dynamodb:PartiQLUpdate", TABLE)],
        ),
        ("dynamodbstreams", "GetRecords", {"ShardIterator": "i"}, [("dynamodb:GetRecords", "")]),
        ("sqs", "SendMessageBatch", {"QueueUrl": URL}, [("sqs:SendMessage", QUEUE)]),
        (
            *("sqs", "StartMessageMoveTask", {"SourceArn": QUEUE}),
            [
                (f"sqs:{name}", QUEUE)
                for name in (
                    *("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage"),
                    "GetQueueAttributes",
                )
            ],
        ),
        (
            *("events", "PutEvents", {"Entries": [{"EventBusName": "orders", "Source": "s"}]}),
            [("events:PutEvents", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/orders")],
        ),
        (
            *("events", "DescribeArchive", {"ArchiveName": "a"}),
            [("events:DescribeArchive", f"arn:aws:events:{REGION}:{ACCOUNT}:archive/a")],
        ),
        (
            *("states", "StartExecution", {"stateMachineArn": MACHINE}),
            [("states:StartExecution", MACHINE)],
        ),
        ("states", "SendTaskSuccess", {"taskToken": "t"}, [("states:SendTaskSuccess", MACHINE)]),
        (
            *("states", "CreateStateMachine", {"name": "order", "roleArn": "arn:aws:iam::1:role/r"}),
            [("states:CreateStateMachine", MACHINE), ("iam:PassRole", "arn:aws:iam::1:role/r")],
        ),
        (
            *("ssm", "GetParameters", {"Names": ["/app/a", "b:3"]}),
            [
                ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app/a"),
                ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/b"),
            ],
        ),
        (
            *("secretsmanager", "GetSecretValue", {"SecretId": "db"}),
            [
                (
                    "secretsmanager:GetSecretValue",
                    f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf",
                )
            ],
        ),
        ("kms", "Decrypt", {"KeyId": "alias/app"}, [("kms:Decrypt", KEY)]),
        (
            *("logs", "PutLogEvents", {"logGroupName": "/g", "logStreamName": "s"}),
            [("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g:log-stream:s")],
        ),
        (
            *("kinesis", "PutRecord", {"StreamName": "s"}),
            [("kinesis:PutRecord", f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s")],
        ),
        (
            *("cognito-idp", "AdminGetUser", {"UserPoolId": "us-east-1_x"}),
            [
                (
                    "cognito-idp:AdminGetUser",
                    f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/us-east-1_x",
                )
            ],
        ),
        ("sts", "GetCallerIdentity", b"Action=GetCallerIdentity", []),
        (
            *("sns", "PublishBatch", b"Action=PublishBatch&TopicArn=arn:aws:sns:us-east-1:1:t"),
            [("sns:Publish", "arn:aws:sns:us-east-1:1:t")],
        ),
    ],
)
def test_operation_needs_actions_on_resources(
    service: str, operation: str, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert needed_actions(service, operation, body) == expected


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "expected"),
    [
        ("GET", "/", "", {}, [("s3:ListAllMyBuckets", "*")]),
        ("GET", "/b", "list-type=2&prefix=a", {}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        ("HEAD", "/b/k", "", {}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        ("GET", "/b/a%20b", "versionId=1", {}, [("s3:GetObjectVersion", "arn:aws:s3:::b/a b")]),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", {}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
        ("DELETE", "/b/k", "uploadId=u", {}, [("s3:AbortMultipartUpload", "arn:aws:s3:::b/k")]),
        ("GET", "/b", "policy", {}, [("s3:GetBucketPolicy", "arn:aws:s3:::b")]),
        (
            *("PUT", "/b/k", "", {"x-amz-copy-source": "/c/old"}),
            [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::c/old")],
        ),
    ],
)
def test_s3_action_is_derived_from_method_and_sub_resource(
    method: str, path: str, query: str, headers: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert (
        needed_actions("s3", method, b"", method=method, path=path, query=query, headers=headers) == expected
    )


def test_each_deleted_object_needs_its_own_permission() -> None:
    body = b"<Delete><Object><Key>a</Key></Object><Object><Key>b&amp;c</Key></Object></Delete>"
    assert needed_actions("s3", "POST", body, path="/b", query="delete") == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a"),
        ("s3:DeleteObject", "arn:aws:s3:::b/b&c"),
    ]


def test_retained_message_needs_its_own_permission() -> None:
    topic = f"arn:aws:iot:{REGION}:{ACCOUNT}:topic/orders/1"
    assert needed_actions("iotdata", "POST", b"", path="/topics/orders%2F1", query="qos=1&retain=true") == [
        ("iot:Publish", topic),
        ("iot:RetainPublish", topic),
    ]


def test_function_alias_is_a_resource_of_its_own() -> None:
    path = "/2015-03-31/functions/price/invocations"
    assert needed_actions("lambda", "Invoke", b"{}", path=path, query="Qualifier=live") == [
        ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:price:live")
    ]


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ({"Key": {"pk": {"S": "a"}}}, ("a",)),
        (
            {
                "KeyConditionExpression": "#p = :p AND begins_with(sk, :s)",
                "ExpressionAttributeNames": {"#p": "pk"},
                "ExpressionAttributeValues": {":p": {"S": "a"}, ":s": {"S": "b"}},
            },
            ("a",),
        ),
        ({}, None),
    ],
)
def test_leading_keys_are_those_of_the_request(body: dict[str, Any], keys: tuple[str, ...] | None) -> None:
    call = ApiCall("dynamodb", "Query", ACCOUNT, REGION, json.dumps({"TableName": "Orders", **body}).encode())
    (need,) = needs(call, Lookups()) or ()
    assert need.context().get("dynamodb:leadingkeys") == keys
