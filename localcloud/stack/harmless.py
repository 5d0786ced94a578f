"""Properties that are accepted and change nothing on one machine, with the reason, which is reported."""

from __future__ import annotations

_NO_DISK = "there is no disk or backup to keep it on"
_NO_METRICS = "no metrics are kept"
_NO_LOGS = "logs are shown by the local cloud itself"
_ONE_MACHINE = "everything shares one machine"

WITHOUT_EFFECT: dict[str, dict[str, str]] = {
    "AWS::CloudFormation::Stack": {
        "TimeoutInMinutes": "no stack takes minutes here",
        "NotificationARNs": "its events are shown by the local cloud itself",
    },
    "AWS::IoT::Authorizer": {"EnableCachingForHttp": "the authorizer is asked at each request"},
    "AWS::AppSync::GraphQLApi": {
        "LogConfig": _NO_LOGS,
        "Visibility": "every server listens on loopback",
        "OwnerContact": "nothing reads it here",
        "EnhancedMetricsConfig": _NO_METRICS,
    },
    "AWS::Events::EventBus": {
        "KmsKeyIdentifier": _NO_DISK,
        "DeadLetterConfig": "it is for events that cannot be decrypted",
        "LogConfig": _NO_LOGS,
    },
    "AWS::Events::Archive": {"KmsKeyIdentifier": _NO_DISK},
    "AWS::Scheduler::Schedule": {"KmsKeyArn": _NO_DISK},
    "AWS::Pipes::Pipe": {"LogConfiguration": _NO_LOGS, "KmsKeyIdentifier": _NO_DISK},
    "AWS::Events::Connection": {"KmsKeyIdentifier": _NO_DISK},
    "AWS::AppSync::ApiCache": {
        "AtRestEncryptionEnabled": "the cache is in memory",
        "TransitEncryptionEnabled": "the cache is in memory",
        "HealthMetricsConfig": _NO_METRICS,
    },
    "AWS::AppSync::DataSource": {"MetricsConfig": _NO_METRICS},
    "AWS::AppSync::Resolver": {"MetricsConfig": _NO_METRICS},
    "AWS::ApiGateway::Authorizer": {"AuthorizerCredentials": "invoking a function takes no permission here"},
    "AWS::ApiGateway::RestApi": {
        "MinimumCompressionSize": "nothing goes over a network",
        "Policy": "every caller is on this machine, whose addresses no policy of an API names",
        "DisableExecuteApiEndpoint": "there is no other endpoint here",
        "SecurityPolicy": "there is no TLS on loopback",
    },
    "AWS::ApiGateway::ApiKey": {"StageKeys": "usage plans say which stages a key opens"},
    "AWS::ApiGateway::Stage": {
        "CacheClusterEnabled": "the local cloud caches no answer",
        "CacheClusterSize": "the local cloud caches no answer",
        "ClientCertificateId": "there is no TLS on loopback",
        "DocumentationVersion": "nothing reads it here",
        "CanarySetting": "every request goes to what is deployed",
    },
    "AWS::ApiGatewayV2::Api": {
        "ApiKeySelectionExpression": "API keys are of REST APIs' usage plans",
        "DisableExecuteApiEndpoint": "the local address is the only one",
        "IpAddressType": "every server listens on loopback",
        "FailOnWarnings": "an import has no warnings here",
    },
    "AWS::ApiGatewayV2::Authorizer": {
        "AuthorizerCredentialsArn": "invoking a function takes no permission here",
        "IdentityValidationExpression": "AWS does not use it either",
    },
    "AWS::ApiGatewayV2::Integration": {
        "ConnectionType": _ONE_MACHINE,
        "ContentHandlingStrategy": "messages are text",
        "CredentialsArn": "invoking a function takes no permission here",
        "TlsConfig": "what is called is on this machine",
    },
    "AWS::ApiGatewayV2::Route": {"ApiKeyRequired": "AWS asks for none either, but of WebSocket APIs"},
    "AWS::ApiGatewayV2::RouteResponse": {
        "ResponseParameters": "messages have no headers",
        "ResponseModels": "models describe answers, and check none",
        "ModelSelectionExpression": "models describe answers, and check none",
    },
    "AWS::ApiGatewayV2::IntegrationResponse": {
        "ContentHandlingStrategy": "messages are text",
        "ResponseParameters": "messages have no headers",
    },
    "AWS::ApiGatewayV2::Stage": {
        "AccessLogSettings": _NO_LOGS,
        "DefaultRouteSettings": "the local cloud neither throttles nor logs its calls",
        "RouteSettings": "the local cloud neither throttles nor logs its calls",
        "ClientCertificateId": "what is called is on this machine",
    },
    "AWS::DynamoDB::Table": {
        "PointInTimeRecoverySpecification": _NO_DISK,
        "SSESpecification": _NO_DISK,
        "TableClass": _NO_DISK,
    },
    "AWS::SQS::Queue": {"SqsManagedSseEnabled": _NO_DISK, "KmsMasterKeyId": _NO_DISK},
    "AWS::Lambda::Function": {
        "Architectures": _ONE_MACHINE,
        "EphemeralStorage": _ONE_MACHINE,
    },
    "AWS::StepFunctions::StateMachine": {
        "EncryptionConfiguration": _NO_DISK,
    },
    "AWS::StepFunctions::Activity": {"EncryptionConfiguration": _NO_DISK},
    "AWS::SNS::Topic": {"KmsMasterKeyId": _NO_DISK, "TracingConfig": "messages carry their trace on anyway"},
    "AWS::XRay::Group": {"InsightsConfiguration": "nothing looks for insights"},
    "AWS::S3::Bucket": {
        "BucketEncryption": _NO_DISK,
        "PublicAccessBlockConfiguration": "every server listens on loopback",
        "OwnershipControls": "all objects are one account's",
        "LifecycleConfiguration": "objects do not end by themselves here",
    },
}
