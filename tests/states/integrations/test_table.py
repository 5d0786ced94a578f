"""What a Task's Resource may name."""

from __future__ import annotations

import pytest
from botocore.loaders import create_loader

from localcloud.states.integrations import integration, missing_arguments, unknown_arguments
from localcloud.states.integrations.models import service_of
from localcloud.states.integrations.naming import exception, member, prefix
from localcloud.states.integrations.optimized import ACTIONS, SERVICES
from localcloud.states.language.errors import DefinitionError

OPTIMIZED = "arn:aws:states:::"
SDK = "arn:aws:states:::aws-sdk:"


@pytest.mark.parametrize(
    ("resource", "service", "operation", "pattern", "name"),
    [
        ("lambda:invoke", "lambda", "Invoke", "REQUEST_RESPONSE", "invoke"),
        *(
            (
                "lambda:invoke.waitForTaskToken",
                "lambda",
                "Invoke",
                "WAIT_FOR_TASK_TOKEN",
                "invoke.waitForTaskToken",
            ),
            ("dynamodb:updateItem", "dynamodb", "UpdateItem", "REQUEST_RESPONSE", "updateItem"),
            ("events:putEvents", "events", "PutEvents", "REQUEST_RESPONSE", "putEvents"),
            (
                "states:startExecution.sync",
                "stepfunctions",
                "StartExecution",
                "RUN_JOB",
                "startExecution.sync",
            ),
            (
                "states:startExecution.sync:2",
                "stepfunctions",
                "StartExecution",
                "RUN_JOB_2",
                "startExecution.sync:2",
            ),
        ),
    ],
)
def test_integration_names_an_optimized_service(
    resource: str, service: str, operation: str, pattern: str, name: str
) -> None:
    entry = integration(OPTIMIZED + resource)
    assert (entry.service, entry.operation, entry.pattern, entry.resource_name) == (
        service,
        operation,
        pattern,
        name,
    )
    assert entry.resource_type == resource.partition(":")[0]
    assert entry.optimized and entry.served


@pytest.mark.parametrize(
    ("resource", "service", "operation", "errors"),
    [
        ("sfn:startExecution", "stepfunctions", "StartExecution", "Sfn"),
        ("eventbridge:putEvents", "events", "PutEvents", "EventBridge"),
        ("dynamodb:putItem", "dynamodb", "PutItem", "DynamoDb"),
        ("s3:listObjectsV2", "s3", "ListObjectsV2", "S3"),
        ("cognitoidentityprovider:adminGetUser", "cognito-idp", "AdminGetUser", "CognitoIdentityProvider"),
        ("sesv2:sendEmail", "sesv2", "SendEmail", "SesV2"),
        ("rds:stopDBInstance", "rds", "StopDBInstance", "Rds"),
    ],
)
def test_integration_names_any_operation_of_the_sdk(
    resource: str, service: str, operation: str, errors: str
) -> None:
    entry = integration(SDK + resource)
    assert (entry.service, entry.operation, entry.prefix) == (service, operation, errors)
    assert entry.resource_type == f"aws-sdk:{resource.partition(':')[0]}"
    assert not entry.optimized


@pytest.mark.parametrize(
    "resource",
    [
        f"{OPTIMIZED}nosuch:thing",
        f"{OPTIMIZED}lambda:call",
        f"{OPTIMIZED}lambda:invoke.sync",
        f"{OPTIMIZED}dynamodb:getItem.waitForTaskToken",
        f"{OPTIMIZED}states:startExecution.sync:3",
        f"{OPTIMIZED}batch:submitJob.waitForTaskToken",
        f"{SDK}stepfunctions:startExecution",
        f"{SDK}sfn:StartExecution",
        f"{SDK}sfn:startExecution.sync",
        "arn:aws:s3:::bucket",
        "orders",
        "",
    ],
)
def test_integration_refuses_what_aws_does_not_have(resource: str) -> None:
    with pytest.raises(DefinitionError) as refusal:
        integration(resource)
    assert str(refusal.value) == (
        f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."
    )


@pytest.mark.parametrize(
    "resource",
    [
        "batch:submitJob.sync",
        "ecs:runTask.waitForTaskToken",
        "glue:startJobRun",
        "emr-containers:startJobRun",
    ],
)
def test_integration_marks_unsupported_operations(resource: str) -> None:
    assert not integration(OPTIMIZED + resource).served


def test_integration_recognises_functions_and_activities_by_their_arns() -> None:
    function = integration("arn:aws:lambda:us-east-1:000000000000:function:stock:live")
    activity = integration("arn:aws:states:us-east-1:000000000000:activity:approve")
    assert (function.kind, activity.kind) == ("lambda function", "activity")


@pytest.mark.slow
def test_every_service_of_botocore_is_reached_by_its_sdk_name() -> None:
    loader = create_loader()
    derived: dict[str, set[str]] = {}
    for service in loader.list_available_services("service-2"):
        metadata = loader.load_service_model(service, "service-2")["metadata"]
        derived.setdefault(prefix(metadata["serviceId"]).lower(), set()).add(service)
    reached = {name: service_of(name) for name in derived}
    assert {name for name, services in derived.items() if reached[name] not in services} == set()


def test_every_argument_of_an_optimized_integration_is_one_of_its_operation() -> None:
    from localcloud.states.integrations.models import operation_model

    for name, action in ACTIONS.items():
        service = SERVICES[name.partition(":")[0]].model
        if service in {"http", "apigateway"}:
            continue
        shape = operation_model(service, action.operation).input_shape
        assert shape is not None
        members = {member(key).lower() for key in shape.members}
        assert {
            argument for argument in (*action.required, *action.optional) if argument.lower() not in members
        } == set()


def test_unknown_arguments_are_those_that_the_operation_does_not_have() -> None:
    describe = integration(f"{SDK}sfn:describeExecution")
    assert unknown_arguments(describe, {"ExecutionArn.$": "$.arn"}) == []
    assert unknown_arguments(describe, {"executionArn": "x", "Arn": "y"}) == ["executionArn", "Arn"]


def test_unknown_arguments_ignores_an_expression_in_their_place() -> None:
    assert unknown_arguments(integration(f"{OPTIMIZED}sqs:sendMessage"), "{% $states.input %}") == []


def test_missing_arguments_are_those_that_the_operation_needs() -> None:
    assert missing_arguments(integration(f"{OPTIMIZED}dynamodb:putItem"), {"TableName": "t"}) == ["Item"]
    assert missing_arguments(integration(f"{SDK}secretsmanager:createSecret"), {"Name.$": "$.n"}) == []


def test_missing_arguments_include_the_connection_of_an_http_task() -> None:
    invoke, values = integration(f"{OPTIMIZED}http:invoke"), {"ApiEndpoint": "u", "Method": "GET"}
    assert missing_arguments(invoke, values) == ["InvocationConfig"]
    assert missing_arguments(invoke, {**values, "Authentication": {}}) == []


# localstack: test_aws_sdk.py::TestAwsSdk
def test_exceptions_are_spelled_as_javas() -> None:
    assert exception("NoSuchBucket") == "NoSuchBucketException"
    assert exception("ResourceNotFoundException") == "ResourceNotFoundException"
    assert exception("DBInstanceNotFoundFault") == "DbInstanceNotFoundException"
