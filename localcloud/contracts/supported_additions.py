"""Resource types that the local cloud adds to the engine's, with the properties that it honours."""

from __future__ import annotations

ADDITIONS: dict[str, set[str]] = {
    "AWS::AppSync::Type": {"ApiId", "Definition", "Format"},
    "AWS::IAM::RolePolicy": {"PolicyName", "PolicyDocument", "RoleName"},
    "AWS::IAM::UserPolicy": {"PolicyName", "PolicyDocument", "UserName"},
    "AWS::SNS::TopicInlinePolicy": {"TopicArn", "PolicyDocument"},
    "AWS::SQS::QueueInlinePolicy": {"Queue", "PolicyDocument"},
    "AWS::Cognito::UserPoolUser": {
        "UserPoolId", "Username", "UserAttributes", "MessageAction", "DesiredDeliveryMediums",
        "ForceAliasCreation", "ValidationData", "ClientMetadata",
    },
    "AWS::Cognito::UserPoolUserToGroupAttachment": {"UserPoolId", "Username", "GroupName"},
    "AWS::Pipes::Pipe": {
        "Name", "Description", "RoleArn", "Source", "SourceParameters", "Enrichment", "EnrichmentParameters",
        "Target", "TargetParameters", "DesiredState", "Tags",
    },
    "AWS::Scheduler::Schedule": {
        "Name", "Description", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate",
        "EndDate", "FlexibleTimeWindow", "State", "Target", "ActionAfterCompletion",
    },
    "AWS::Scheduler::ScheduleGroup": {"Name", "Tags"},
}  # fmt: skip

# What pipes read, are enriched by and deliver to.
PIPE_SOURCES = frozenset({"sqs", "dynamodb", "kinesis"})
PIPE_ENRICHMENTS = frozenset({"lambda", "states", "api-destination"})
PIPE_TARGETS = frozenset(
    {"lambda", "sqs", "sns", "states", "event-bus", "api-destination", "kinesis", "firehose", "logs"}
)
# What schedules of EventBridge Scheduler invoke.
SCHEDULE_TARGETS = frozenset({"lambda", "sqs", "sns", "states", "event-bus", "kinesis", "firehose"})
# What is lacking is said, and the start goes on: the function runs, without the isolation.
SHARED_TENANTS = "its tenants share environments here: TenancyConfig is not served"
_FUNCTION = {
    "TenancyConfig": SHARED_TENANTS,
    "CapacityProviderConfig": "managed instances do not run here: CapacityProviderConfig is not served",
}
# Properties without which a resource would not be what its template says, and why they are not served.
UNSERVED_PROPERTIES = {
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::DynamoDB::Table": {"VectorIndexes": "there is no vector search here: VectorIndexes is not served"},
}
