"""Which mends change what CloudFormation does with a resource type, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# A type's verb, with what it consists of, innermost first.
CHAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::ApiGateway::Authorizer create": ("gateway.jwt_authorizers", "feed.gateway"),
    "AWS::ApiGateway::Deployment create": ("gateway.stage_properties", "feed.gateway"),
    "AWS::ApiGateway::Deployment update": ("gateway.stage_properties", "feed.gateway"),
    "AWS::ApiGateway::Method create": ("gateway.transfer_mode", "gateway.method_properties", "feed.gateway"),
    "AWS::ApiGateway::Method update": ("gateway.transfer_mode", "gateway.method_properties", "feed.gateway"),
    "AWS::ApiGateway::RestApi create": ("gateway.api_properties", "gateway.body_location", "feed.gateway"),
    "AWS::ApiGateway::RestApi update": (
        "gateway.body_updates",
        "gateway.api_properties",
        "gateway.body_location",
        "feed.gateway",
    ),
    "AWS::ApiGateway::Stage create": ("gateway.stage_properties", "feed.gateway"),
    "AWS::ApiGateway::Stage update": ("gateway.stage_properties", "feed.gateway"),
    "AWS::ApiGateway::UsagePlan create": ("gateway.stage_properties", "feed.gateway"),
    "AWS::ApiGateway::UsagePlan update": ("gateway.stage_properties", "feed.gateway"),
    "AWS::AppSync::Api create": ("appsync.event_addresses", "feed.appsync"),
    "AWS::AppSync::ApiKey create": ("appsync.api_keys", "feed.appsync"),
    "AWS::AppSync::ApiKey delete": ("appsync.api_keys", "appsync.event_keys", "feed.appsync"),
    "AWS::AppSync::ApiKey update": ("appsync.api_keys", "feed.appsync"),
    "AWS::AppSync::FunctionConfiguration create": ("appsync.functions", "feed.appsync"),
    "AWS::AppSync::FunctionConfiguration delete": ("appsync.functions", "feed.appsync"),
    "AWS::AppSync::FunctionConfiguration update": ("appsync.functions", "feed.appsync"),
    "AWS::AppSync::GraphQLApi create": ("appsync.addresses", "feed.appsync"),
    "AWS::AppSync::GraphQLApi update": ("appsync.addresses", "feed.appsync"),
    "AWS::AppSync::GraphQLSchema create": ("appsync.s3_locations", "feed.appsync", "formation.graphql_types"),
    "AWS::AppSync::Resolver create": ("appsync.s3_locations", "feed.appsync"),
    "AWS::CloudFormation::Stack create": ("cloudformation.nested",),
    "AWS::CloudFormation::Stack delete": ("cloudformation.nested",),
    "AWS::CloudFormation::Stack update": ("cloudformation.nested",),
    "AWS::DynamoDB::Table create": ("dynamodb.ttl", "streams.tables"),
    "AWS::DynamoDB::Table update": ("dynamodb.ttl", "streams.tables"),
    "AWS::Events::EventBus create": ("events.formation",),
    "AWS::Events::EventBus update": ("events.formation",),
    "AWS::Events::Rule create": ("events.formation",),
    "AWS::Events::Rule update": ("events.formation",),
    "AWS::IAM::Role create": ("cloudformation.boundaries",),
    "AWS::IAM::Role update": ("cloudformation.boundaries",),
    "AWS::Lambda::EventSourceMapping create": (
        "lambda.mapping_properties",
        "lambda.mapping_rules",
        "feed.functions",
    ),
    "AWS::Lambda::EventSourceMapping update": (
        "lambda.mapping_properties",
        "lambda.mapping_rules",
        "feed.functions",
    ),
    "AWS::Lambda::Function create": (
        "lambda.function_properties",
        "lambda.dead_letter_rules",
        "feed.functions",
    ),
    "AWS::Lambda::Function update": (
        "lambda.function_properties",
        "lambda.dead_letter_rules",
        "feed.functions",
    ),
    "AWS::SNS::Subscription create": ("deliveries.formation",),
    "AWS::SNS::Subscription delete": ("deliveries.formation",),
    "AWS::SNS::Subscription update": ("deliveries.formation",),
    "AWS::SNS::Topic create": ("deliveries.formation",),
    "AWS::SNS::Topic update": ("deliveries.formation",),
    "AWS::SQS::Queue create": ("sqs.redrive_allow",),
    "AWS::SQS::Queue update": ("sqs.redrive_allow",),
    "AWS::SecretsManager::Secret create": ("cloudformation.secrets",),
    "AWS::SecretsManager::Secret delete": ("cloudformation.secrets",),
    "AWS::SecretsManager::Secret update": ("cloudformation.secrets",),
}

# Of these types the feed reports each verb: those that are not above are its alone.
_REPORTED: Final = {
    "feed.appsync": (
        "AWS::AppSync::Api",
        "AWS::AppSync::ApiCache",
        "AWS::AppSync::ApiKey",
        "AWS::AppSync::ChannelNamespace",
        "AWS::AppSync::DataSource",
        "AWS::AppSync::FunctionConfiguration",
        "AWS::AppSync::GraphQLApi",
        "AWS::AppSync::GraphQLSchema",
        "AWS::AppSync::Resolver",
    ),
    "feed.functions": (
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Url",
        "AWS::Lambda::Version",
    ),
    "feed.gateway": (
        "AWS::ApiGateway::ApiKey",
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::ApiGateway::UsagePlan",
        "AWS::ApiGateway::UsagePlanKey",
    ),
}
_FEEDS: Final = {resource_type: mend for mend, types in _REPORTED.items() for resource_type in types}


def chain_of(resource_type: str, verb: str) -> tuple[str, ...]:
    """Return what a verb of a type consists of; nothing for one that is MiniStack's alone.

    Examples
    --------
    >>> chain_of("AWS::SQS::Queue", "create"), chain_of("AWS::Lambda::Alias", "delete")
    (('sqs.redrive_allow',), ('feed.functions',))
    """
    feed = _FEEDS.get(resource_type)
    return CHAINS.get(f"{resource_type} {verb}") or ((feed,) if feed else ())
