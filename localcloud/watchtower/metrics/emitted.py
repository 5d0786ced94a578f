"""The metrics of AWS's own namespaces that the local cloud measures, with the dimensions they have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_OF_APIS: Final = ("Count", "4XXError", "5XXError", "Latency", "IntegrationLatency")
_OF_RULES: Final = (
    *("Invocations", "TriggeredRules", "MatchedEvents", "FailedInvocations"),
    *("RetryInvocationAttempts", "InvocationsSentToDlq", "InvocationsFailedToBeSentToDlq"),
    "IngestionToInvocationSuccessLatency",
)
_OF_SOCKETS: Final = ("ConnectCount", "MessageCount", "ClientError", "IntegrationError")

# Namespace -> the names of a metric's dimensions, sorted -> its metrics.
EMITTED: Final[dict[str, dict[tuple[str, ...], tuple[str, ...]]]] = {
    "AWS/Lambda": dict.fromkeys(
        (("FunctionName",), ()),
        (
            *("Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions", "IteratorAge"),
            *("AsyncEventsReceived", "AsyncEventAge", "AsyncEventsDropped"),
            *("DeadLetterErrors", "DestinationDeliveryFailures"),
            *("DurableExecutionStarted", "DurableExecutionSucceeded", "DurableExecutionFailed"),
            *("DurableExecutionTimedOut", "DurableExecutionStopped", "DurableExecutionDuration"),
        ),
    ),
    "AWS/SQS": {
        ("QueueName",): (
            *("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted"),
            *("NumberOfEmptyReceives", "SentMessageSize", "ApproximateNumberOfMessagesVisible"),
            *("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"),
            "ApproximateAgeOfOldestMessage",
        )
    },
    "AWS/States": {
        ("StateMachineArn",): (
            *("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut"),
            *("ExecutionsAborted", "ExecutionThrottled", "ExecutionTime"),
        ),
        ("LambdaFunctionArn",): (
            *("LambdaFunctionsScheduled", "LambdaFunctionsStarted", "LambdaFunctionsSucceeded"),
            *("LambdaFunctionsFailed", "LambdaFunctionTime"),
        ),
    },
    "AWS/DynamoDB": {
        ("TableName",): (
            *("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"),
            *("ReadThrottleEvents", "WriteThrottleEvents"),
        ),
        ("Operation", "TableName"): ("ThrottledRequests",),
    },
    "AWS/AppSync": {
        ("GraphQLAPIId",): (
            *("4XXError", "5XXError", "Latency", "Requests", "ConnectSuccess", "ConnectClientError"),
            *("DisconnectSuccess", "SubscribeSuccess", "UnsubscribeSuccess", "PublishDataMessageSuccess"),
            *("ActiveConnections", "ActiveSubscriptions"),
        )
    },
    "AWS/ApiGateway": {("ApiName", "Stage"): _OF_APIS, ("ApiId", "Stage"): _OF_SOCKETS},
    "AWS/Events": {("RuleName",): _OF_RULES, ("EventBusName", "RuleName"): _OF_RULES},
    "AWS/Kinesis": {
        ("StreamName",): (
            *("PutRecord.Bytes", "PutRecord.Success", "PutRecord.Latency", "PutRecords.Bytes"),
            *("PutRecords.Records", "PutRecords.Success", "PutRecords.Latency", "PutRecords.TotalRecords"),
            *("PutRecords.SuccessfulRecords", "PutRecords.FailedRecords", "PutRecords.ThrottledRecords"),
            *("IncomingBytes", "IncomingRecords"),
            *("WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded"),
            *("GetRecords.Bytes", "GetRecords.Records", "GetRecords.Success", "GetRecords.Latency"),
            "GetRecords.IteratorAgeMilliseconds",
        ),
        ("ShardId", "StreamName"): (
            *("IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords"),
            *("WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded"),
            "IteratorAgeMilliseconds",
        ),
        ("ConsumerName", "StreamName"): (
            *("SubscribeToShard.Success", "SubscribeToShard.RateExceeded", "SubscribeToShardEvent.Success"),
            *("SubscribeToShardEvent.Bytes", "SubscribeToShardEvent.Records"),
            "SubscribeToShardEvent.MillisBehindLatest",
        ),
    },
    "AWS/Firehose": {
        ("DeliveryStreamName",): (
            *("DeliveryToS3.Success", "DeliveryToS3.Records", "DeliveryToS3.Bytes"),
            *("DeliveryToS3.DataFreshness", "DeliveryToS3.ObjectCount", "ThrottledRecords"),
            *("SucceedConversion.Records", "SucceedConversion.Bytes"),
            *("FailedConversion.Records", "FailedConversion.Bytes"),
            *("DataReadFromKinesisStream.Records", "DataReadFromKinesisStream.Bytes"),
            "KinesisMillisBehindLatest",
        )
    },
    "AWS/SNS": {
        ("TopicName",): (
            *("NumberOfMessagesPublished", "PublishSize"),
            *("NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"),
            *("NumberOfNotificationsRedrivenToDlq", "NumberOfNotificationsFailedToRedriveToDlq"),
        )
    },
}


def never_measured(namespace: str, name: str, dimensions: Iterable[str]) -> str | None:
    """Say why a metric of AWS's never has a value here; None where it has, or is the user's own.

    Examples
    --------
    >>> never_measured("AWS/SQS", "NumberOfMessagesSent", ["QueueName"])
    >>> never_measured("AWS/SQS", "NumberOfMessagesSent", [])
    'AWS/SQS NumberOfMessagesSent has the dimensions QueueName'
    >>> never_measured("AWS/EC2", "CPUUtilization", [])
    'the local cloud measures nothing in AWS/EC2'
    """
    if not namespace.startswith("AWS/"):
        return None
    measured = EMITTED.get(namespace)
    if measured is None:
        return f"the local cloud measures nothing in {namespace}"
    fitting = [dimensions for dimensions, metrics in measured.items() if name in metrics]
    if not fitting:
        return f"the local cloud does not measure {namespace} {name}"
    if tuple(sorted(dimensions)) not in fitting:
        longest = sorted(fitting, reverse=True)[0]
        return f"{namespace} {name} has the dimensions {', '.join(longest)}"
    return None
