"""Which resources and properties the local cloud honours, read off the engine that is pinned.

A type that is not here may be created by the engine all the same, but it is unknown what
it does with it: the user gets a warning. ``harmless`` names what is accepted and changes nothing.
"""

from __future__ import annotations

from localcloud.contracts.supported_additions import ADDITIONS

HONOURED: dict[str, set[str]] = {
    **ADDITIONS,
    "AWS::AppSync::GraphQLApi": {
        "Name", "AuthenticationType", "AdditionalAuthenticationProviders", "UserPoolConfig",
        "OpenIDConnectConfig", "LambdaAuthorizerConfig", "EnvironmentVariables", "IntrospectionConfig",
        "QueryDepthLimit", "ResolverCountLimit", "XrayEnabled", "Tags",
    },
    "AWS::AppSync::GraphQLSchema": {"ApiId", "Definition", "DefinitionS3Location"},
    "AWS::AppSync::DataSource": {
        "ApiId", "Name", "Description", "Type", "ServiceRoleArn", "DynamoDBConfig", "HttpConfig",
        "LambdaConfig", "EventBridgeConfig",
    },
    "AWS::AppSync::Resolver": {
        "ApiId", "TypeName", "FieldName", "Kind", "DataSourceName", "PipelineConfig", "Runtime", "Code",
        "CodeS3Location", "RequestMappingTemplate", "RequestMappingTemplateS3Location",
        "ResponseMappingTemplate", "ResponseMappingTemplateS3Location", "MaxBatchSize", "CachingConfig",
    },
    "AWS::AppSync::FunctionConfiguration": {
        "ApiId", "Name", "Description", "DataSourceName", "Runtime", "Code", "CodeS3Location",
        "RequestMappingTemplate", "RequestMappingTemplateS3Location", "ResponseMappingTemplate",
        "ResponseMappingTemplateS3Location", "FunctionVersion", "MaxBatchSize",
    },
    "AWS::AppSync::ApiCache": {"ApiId", "ApiCachingBehavior", "Ttl", "Type"},
    "AWS::AppSync::ApiKey": {"ApiId", "Description", "Expires"},
    "AWS::AppSync::Api": {"Name", "OwnerContact", "EventConfig", "Tags"},
    "AWS::AppSync::ChannelNamespace": {
        "ApiId", "Name", "SubscribeAuthModes", "PublishAuthModes", "CodeHandlers", "CodeS3Location",
        "HandlerConfigs", "Tags",
    },
    "AWS::DynamoDB::Table": {
        "TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput",
        "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "StreamSpecification", "TimeToLiveSpecification",
        "DeletionProtectionEnabled", "KinesisStreamSpecification", "Tags",
    },
    "AWS::SQS::Queue": {
        "QueueName", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit",
        "DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds",
        "RedrivePolicy", "RedriveAllowPolicy", "VisibilityTimeout", "Tags",
    },
    "AWS::Kinesis::Stream": {
        "Name", "ShardCount", "RetentionPeriodHours", "StreamModeDetails", "StreamEncryption",
        "DesiredShardLevelMetrics", "MaxRecordSizeInKiB", "WarmThroughputMiBps", "Tags",
    },
    "AWS::KinesisFirehose::DeliveryStream": {
        "DeliveryStreamName", "DeliveryStreamType", "KinesisStreamSourceConfiguration",
        "ExtendedS3DestinationConfiguration", "S3DestinationConfiguration",
        "DeliveryStreamEncryptionConfigurationInput", "Tags",
    },
    "AWS::Glue::Database": {"CatalogId", "DatabaseInput", "DatabaseName"},
    "AWS::Glue::Table": {"CatalogId", "DatabaseName", "TableInput"},
    "AWS::Glue::Partition": {"CatalogId", "DatabaseName", "TableName", "PartitionInput"},
    "AWS::Athena::WorkGroup": {
        "Name", "Description", "State", "WorkGroupConfiguration", "RecursiveDeleteOption", "Tags",
    },
    "AWS::Kinesis::StreamConsumer": {"ConsumerName", "StreamARN", "Tags"},
    "AWS::Kinesis::ResourcePolicy": {"ResourceArn", "ResourcePolicy"},
    "AWS::SQS::QueuePolicy": {"Queues", "PolicyDocument"},
    "AWS::Lambda::Function": {
        "FunctionName", "Description", "Runtime", "Handler", "Code", "Role", "Timeout", "MemorySize",
        "Environment", "Layers", "PackageType", "ReservedConcurrentExecutions", "DeadLetterConfig",
        "TracingConfig", "LoggingConfig", "DurableConfig", "Tags",
    },
    "AWS::Lambda::Version": {"FunctionName", "Description", "CodeSha256"},
    "AWS::Lambda::Alias": {"FunctionName", "FunctionVersion", "Name", "Description"},
    "AWS::Lambda::LayerVersion": {
        "LayerName", "Description", "Content", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo",
    },
    "AWS::Lambda::EventSourceMapping": {
        "FunctionName", "EventSourceArn", "Enabled", "BatchSize", "MaximumBatchingWindowInSeconds",
        "StartingPosition", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds",
        "DestinationConfig", "FunctionResponseTypes", "ScalingConfig", "FilterCriteria",
        "ParallelizationFactor", "StartingPositionTimestamp", "TumblingWindowInSeconds", "Tags",
    },
    "AWS::Lambda::EventInvokeConfig": {
        "FunctionName", "Qualifier", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig",
    },
    "AWS::IoT::Authorizer": {
        "AuthorizerName", "AuthorizerFunctionArn", "Status", "SigningDisabled", "TokenKeyName",
        "TokenSigningPublicKeys", "Tags",
    },
    "AWS::Lambda::Permission": {
        "FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "FunctionUrlAuthType",
    },
    "AWS::Lambda::Url": {"TargetFunctionArn", "Qualifier", "AuthType", "InvokeMode", "Cors"},
    "AWS::StepFunctions::StateMachine": {
        "StateMachineName", "StateMachineType", "RoleArn", "DefinitionString", "Definition",
        "DefinitionS3Location", "DefinitionSubstitutions", "LoggingConfiguration", "TracingConfiguration",
        "Tags",
    },
    "AWS::StepFunctions::StateMachineVersion": {"StateMachineArn", "StateMachineRevisionId", "Description"},
    "AWS::StepFunctions::StateMachineAlias": {
        "Name", "Description", "RoutingConfiguration", "DeploymentPreference",
    },
    "AWS::StepFunctions::Activity": {"Name", "Tags"},
    "AWS::ApiGateway::RestApi": {
        "Name", "Description", "BinaryMediaTypes", "Body", "BodyS3Location", "EndpointConfiguration",
        "ApiKeySourceType",
        "FailOnWarnings", "Tags",
    },
    "AWS::ApiGateway::Resource": {"RestApiId", "ParentId", "PathPart"},
    "AWS::ApiGateway::Method": {
        "RestApiId", "ResourceId", "HttpMethod", "AuthorizationType", "AuthorizerId", "AuthorizationScopes",
        "Integration", "MethodResponses", "OperationName", "ApiKeyRequired", "RequestParameters",
        "RequestModels", "RequestValidatorId",
    },
    "AWS::ApiGateway::Model": {"RestApiId", "Name", "ContentType", "Description", "Schema"},
    "AWS::ApiGateway::RequestValidator": {
        "RestApiId", "Name", "ValidateRequestBody", "ValidateRequestParameters",
    },
    "AWS::ApiGateway::ApiKey": {"Name", "Description", "Enabled", "Value", "CustomerId", "Tags"},
    "AWS::ApiGateway::UsagePlan": {
        "UsagePlanName", "Description", "ApiStages", "Throttle", "Quota", "Tags",
    },
    "AWS::ApiGateway::UsagePlanKey": {"KeyId", "KeyType", "UsagePlanId"},
    "AWS::ApiGateway::Authorizer": {
        "RestApiId", "Name", "Type", "AuthType", "AuthorizerUri", "AuthorizerResultTtlInSeconds",
        "IdentitySource", "IdentityValidationExpression", "ProviderARNs", "JwtConfiguration",
    },
    "AWS::ApiGateway::GatewayResponse": {
        "RestApiId", "ResponseType", "ResponseParameters", "ResponseTemplates", "StatusCode",
    },
    "AWS::ApiGateway::Deployment": {"RestApiId", "StageName", "StageDescription", "Description"},
    "AWS::ApiGateway::Stage": {
        "RestApiId", "StageName", "DeploymentId", "Description", "Variables", "TracingEnabled",
        "MethodSettings", "AccessLogSetting", "Tags",
    },
    "AWS::ApiGateway::Account": {"CloudWatchRoleArn"},
    "AWS::ApiGateway::DocumentationPart": {"RestApiId", "Location", "Properties"},
    "AWS::ApiGateway::DocumentationVersion": {"RestApiId", "DocumentationVersion", "Description"},
    "AWS::ApiGatewayV2::Api": {
        "Name", "Description", "ProtocolType", "RouteSelectionExpression", "Body", "BodyS3Location",
        "Target", "RouteKey",
        "CredentialsArn", "CorsConfiguration", "Version", "DisableSchemaValidation", "Tags",
    },
    "AWS::ApiGatewayV2::Route": {
        "ApiId", "RouteKey", "Target", "AuthorizationType", "AuthorizerId", "AuthorizationScopes",
        "OperationName", "RouteResponseSelectionExpression", "RequestModels", "ModelSelectionExpression",
    },
    "AWS::ApiGatewayV2::Integration": {
        "ApiId", "IntegrationType", "IntegrationSubtype", "IntegrationUri", "IntegrationMethod",
        "Description", "PassthroughBehavior", "PayloadFormatVersion", "RequestParameters", "RequestTemplates",
        "ResponseParameters", "TemplateSelectionExpression", "TimeoutInMillis",
    },
    "AWS::ApiGatewayV2::IntegrationResponse": {
        "ApiId", "IntegrationId", "IntegrationResponseKey", "ResponseTemplates",
        "TemplateSelectionExpression",
    },
    "AWS::ApiGatewayV2::Model": {"ApiId", "Name", "ContentType", "Description", "Schema"},
    "AWS::ApiGatewayV2::RouteResponse": {"ApiId", "RouteId", "RouteResponseKey"},
    "AWS::ApiGatewayV2::Authorizer": {
        "ApiId", "Name", "AuthorizerType", "AuthorizerUri", "IdentitySource", "JwtConfiguration",
        "AuthorizerPayloadFormatVersion", "AuthorizerResultTtlInSeconds", "EnableSimpleResponses",
    },
    "AWS::ApiGatewayV2::Deployment": {"ApiId", "StageName", "Description"},
    "AWS::ApiGatewayV2::Stage": {
        "ApiId", "StageName", "DeploymentId", "AutoDeploy", "Description", "StageVariables", "Tags",
    },
    "AWS::Cognito::UserPool": {
        "UserPoolName", "Policies", "Schema", "UsernameAttributes", "AliasAttributes",
        "AutoVerifiedAttributes",
        "AdminCreateUserConfig", "UsernameConfiguration", "AccountRecoverySetting", "MfaConfiguration",
        "DeletionProtection", "UserPoolTags", "UserPoolTier",
    },
    "AWS::Cognito::UserPoolClient": {
        "UserPoolId", "ClientName", "ExplicitAuthFlows", "GenerateSecret", "AccessTokenValidity",
        "IdTokenValidity", "RefreshTokenValidity", "TokenValidityUnits", "PreventUserExistenceErrors",
        "EnableTokenRevocation", "SupportedIdentityProviders", "ReadAttributes", "WriteAttributes",
    },
    "AWS::Cognito::UserPoolGroup": {"UserPoolId", "GroupName", "Description", "Precedence", "RoleArn"},
    "AWS::Events::EventBus": {"Name", "Description", "Policy", "Tags"},
    "AWS::Events::EventBusPolicy": {
        "EventBusName", "StatementId", "Statement", "Action", "Principal", "Condition",
    },
    "AWS::Events::Archive": {"ArchiveName", "SourceArn", "Description", "EventPattern", "RetentionDays"},
    "AWS::Events::Connection": {"Name", "Description", "AuthorizationType", "AuthParameters"},
    "AWS::Events::ApiDestination": {
        "Name", "Description", "ConnectionArn", "HttpMethod", "InvocationEndpoint",
        "InvocationRateLimitPerSecond",
    },
    "AWS::Events::Rule": {
        "Name", "Description", "EventBusName", "EventPattern", "ScheduleExpression", "State", "Targets",
        "RoleArn", "Tags",
    },
    "AWS::IAM::Role": {
        "RoleName", "Path", "Description", "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns",
        "MaxSessionDuration", "Tags",
    },
    "AWS::IAM::Policy": {"PolicyName", "PolicyDocument", "Roles", "Users", "Groups"},
    "AWS::IAM::ManagedPolicy": {
        "ManagedPolicyName", "Path", "Description", "PolicyDocument", "Roles", "Users", "Groups",
    },
    "AWS::CloudFormation::Stack": {"TemplateURL", "Parameters", "Tags"},
    "AWS::CloudWatch::Alarm": {
        "AlarmName", "AlarmDescription", "ActionsEnabled", "AlarmActions", "OKActions",
        "InsufficientDataActions", "MetricName", "Namespace", "Dimensions", "Statistic", "ExtendedStatistic",
        "Unit", "Period", "Metrics", "EvaluationPeriods", "DatapointsToAlarm", "Threshold",
        "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile", "Tags",
    },
    "AWS::CloudWatch::CompositeAlarm": {
        "AlarmName", "AlarmDescription", "AlarmRule", "ActionsEnabled", "AlarmActions", "OKActions",
        "InsufficientDataActions", "Tags",
    },
    "AWS::CloudWatch::Dashboard": {"DashboardName", "DashboardBody"},
    "AWS::Logs::ResourcePolicy": {"PolicyName", "PolicyDocument"},
    "AWS::Logs::LogGroup": {"LogGroupName", "RetentionInDays", "LogGroupClass", "Tags"},
    "AWS::Logs::LogStream": {"LogGroupName", "LogStreamName"},
    "AWS::Logs::MetricFilter": {"FilterName", "FilterPattern", "LogGroupName", "MetricTransformations"},
    "AWS::Logs::SubscriptionFilter": {
        "FilterName", "FilterPattern", "LogGroupName", "DestinationArn", "RoleArn", "Distribution",
    },
    "AWS::S3::Bucket": {
        "BucketName", "CorsConfiguration", "NotificationConfiguration", "VersioningConfiguration", "Tags",
    },
    "AWS::S3::BucketPolicy": {"Bucket", "PolicyDocument"},
    "AWS::SecretsManager::Secret": {
        "Name", "Description", "SecretString", "GenerateSecretString", "Tags",
    },
    "AWS::SNS::Topic": {
        "TopicName", "DisplayName", "Subscription", "FifoTopic", "ContentBasedDeduplication",
        "DeliveryPolicy", "SignatureVersion", "Tags",
    },
    "AWS::SNS::TopicPolicy": {"Topics", "PolicyDocument"},
    "AWS::SNS::Subscription": {
        "TopicArn", "Protocol", "Endpoint", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery",
        "RedrivePolicy", "DeliveryPolicy",
    },
    "AWS::Athena::NamedQuery": {"Name", "Description", "Database", "QueryString", "WorkGroup"},
    "AWS::XRay::SamplingRule": {"SamplingRule", "Tags"},
    "AWS::XRay::Group": {"GroupName", "FilterExpression", "Tags"},
    "AWS::SSM::Parameter": {"Name", "Type", "Value", "Description", "AllowedPattern", "Tier", "Tags"},
}  # fmt: skip

# SNS takes subscriptions by these, and nothing here would read what it sent.
UNDELIVERED = frozenset({"email", "email-json", "sms", "application"})

# The kinds of targets of rules that events are delivered to.
SERVED_TARGETS = frozenset(
    {
        *("lambda", "sqs", "sns", "states", "event-bus", "api-destination", "logs", "kinesis", "firehose"),
        *("appsync", "execute-api"),
    }
)

# Attributes of a resource that CloudFormation itself acts on.
HONOURED_ATTRIBUTES = {
    "Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy",
}  # fmt: skip
