"""The optimized integrations: services that Step Functions calls in a way of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Pattern = Literal["REQUEST_RESPONSE", "RUN_JOB", "RUN_JOB_2", "WAIT_FOR_TASK_TOKEN"]

SUFFIXES: Final[dict[str, Pattern]] = {
    "": "REQUEST_RESPONSE",
    "sync": "RUN_JOB",
    "sync:2": "RUN_JOB_2",
    "waitForTaskToken": "WAIT_FOR_TASK_TOKEN",
}
PLAIN: Final[tuple[Pattern, ...]] = ("REQUEST_RESPONSE",)
CALLBACK: Final[tuple[Pattern, ...]] = ("REQUEST_RESPONSE", "WAIT_FOR_TASK_TOKEN")
EVERY: Final[tuple[Pattern, ...]] = tuple(SUFFIXES.values())
JOB: Final[tuple[Pattern, ...]] = ("REQUEST_RESPONSE", "RUN_JOB")


@dataclass(frozen=True)
class OptimizedService:
    """A service behind optimized integrations.

    Attributes
    ----------
    model
        botocore's name of it.
    prefix
        What the names of its errors begin with.
    title
        What the causes of its errors call it.
    unmodelled
        The name of an error that its API does not describe.
    """

    model: str
    prefix: str
    title: str = ""
    unmodelled: str = ""


@dataclass(frozen=True)
class Action:
    """What an optimized integration takes."""

    operation: str
    patterns: tuple[Pattern, ...]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = field(default=(), repr=False)


SERVICES: Final = {
    "lambda": OptimizedService("lambda", "Lambda", "AWSLambda", "AWSLambdaException"),
    "dynamodb": OptimizedService("dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    "sqs": OptimizedService("sqs", "SQS", "AmazonSQS", "AmazonSQSException"),
    "sns": OptimizedService("sns", "SNS", "AmazonSNS", "AmazonSNSException"),
    "events": OptimizedService("events", "EventBridge", "AmazonEventBridge", "AmazonEventBridgeException"),
    "states": OptimizedService(
        "stepfunctions", "StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"
    ),
    "http": OptimizedService("http", "States.Http"),
    "apigateway": OptimizedService("apigateway", "ApiGateway"),
}

_EXPRESSIONS = ("ExpressionAttributeNames", "ExpressionAttributeValues")
_WRITES = (
    *("ConditionExpression", "ConditionalOperator", "Expected", *_EXPRESSIONS),
    *("ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ReturnValues"),
    "ReturnValuesOnConditionCheckFailure",
)

ACTIONS: Final = {
    "lambda:invoke": Action(
        "Invoke",
        CALLBACK,
        ("FunctionName",),
        ("ClientContext", "InvocationType", "LogType", "Payload", "Qualifier"),
    ),
    "dynamodb:getItem": Action(
        "GetItem",
        PLAIN,
        ("Key", "TableName"),
        (
            *("AttributesToGet", "ConsistentRead", "ExpressionAttributeNames"),
            *("ProjectionExpression", "ReturnConsumedCapacity"),
        ),
    ),
    "dynamodb:putItem": Action("PutItem", PLAIN, ("Item", "TableName"), _WRITES),
    "dynamodb:deleteItem": Action("DeleteItem", PLAIN, ("Key", "TableName"), _WRITES),
    "dynamodb:updateItem": Action(
        "UpdateItem", PLAIN, ("Key", "TableName"), ("AttributeUpdates", "UpdateExpression", *_WRITES)
    ),
    "sqs:sendMessage": Action(
        "SendMessage",
        CALLBACK,
        ("MessageBody", "QueueUrl"),
        ("DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId"),
    ),
    "sns:publish": Action(
        "Publish",
        CALLBACK,
        ("Message",),
        (
            *("MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "MessageStructure"),
            *("PhoneNumber", "Subject", "TargetArn", "TopicArn"),
        ),
    ),
    "events:putEvents": Action("PutEvents", CALLBACK, ("Entries",)),
    "states:startExecution": Action(
        "StartExecution", EVERY, ("StateMachineArn",), ("Input", "Name", "TraceHeader")
    ),
    "http:invoke": Action(
        "Invoke",
        PLAIN,
        ("ApiEndpoint", "Method"),
        ("Authentication", "Headers", "InvocationConfig", "QueryParameters", "RequestBody", "Transform"),
    ),
    "apigateway:invoke": Action(
        "Invoke",
        CALLBACK,
        ("ApiEndpoint", "Method"),
        ("AllowNullValues", "AuthType", "Headers", "Path", "QueryParameters", "RequestBody", "Stage"),
    ),
}

# What AWS has and the local cloud does not serve, by the patterns beside a plain request.
UNSERVED: Final[dict[tuple[Pattern, ...], dict[str, str]]] = {
    PLAIN: {
        "athena": "getQueryExecution getQueryResults stopQueryExecution",
        "bedrock": "invokeModel",
        "codebuild": "batchDeleteBuilds batchGetReports deleteBuildBatch stopBuild stopBuildBatch",
        "eks": "call",
        "elasticmapreduce": "cancelStep modifyInstanceFleetByName modifyInstanceGroupByName "
        "setClusterTerminationProtection",
        "emr-containers": "createVirtualCluster",
        "sagemaker": "createEndpoint createEndpointConfig createModel updateEndpoint",
    },
    JOB: {
        "athena": "startQueryExecution",
        "batch": "submitJob",
        "bedrock": "createModelCustomizationJob",
        "codebuild": "retryBuildBatch startBuild startBuildBatch",
        "databrew": "startJobRun",
        "eks": "createCluster createFargateProfile createNodegroup deleteCluster deleteFargateProfile "
        "deleteNodegroup runJob",
        "elasticmapreduce": "addStep createCluster terminateCluster",
        "emr-containers": "deleteVirtualCluster startJobRun",
        "emr-serverless": "cancelJobRun createApplication deleteApplication startApplication startJobRun "
        "stopApplication",
        "glue": "startJobRun",
        "mediaconvert": "createJob",
        "sagemaker": "createHyperParameterTuningJob createLabelingJob createProcessingJob createTrainingJob "
        "createTransformJob",
    },
    (*JOB, "WAIT_FOR_TASK_TOKEN"): {"ecs": "runTask"},
}
