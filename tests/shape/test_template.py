"""The template against the contract, and against what AWS asks of queues, streams and logs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import graphql
import pytest

from localcloud.stack.fragments import source_files
from localcloud.stack.package import package
from orders.events import SCHEMA_VERSION
from orders.fulfilling import SOURCE, FulfilmentKind
from resolvers.channels.appsync import AppSyncChannel
from resolvers.channels.events import EventsChannel
from resolvers.channels.websocket import WebSocketChannel
from tests.shape import shape

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCHEMA = graphql.parse((shape.ROOT / "schema.graphql").read_text(encoding="utf-8"))


def fields_of(type_name: str) -> set[str]:
    [results] = [
        node
        for node in SCHEMA.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode) and node.name.value == type_name
    ]
    return {field.name.value for field in results.fields or ()}


def test_every_root_field_has_a_resolver_and_no_resolver_lacks_a_field() -> None:
    resolvers = {(r["TypeName"], r["FieldName"]) for r in shape.resources("AWS::AppSync::Resolver").values()}
    roots = {(kind, name) for kind in ("Query", "Mutation", "Subscription") for name in fields_of(kind)}
    assert resolvers == roots | {("Order", "items"), ("Order", "history")}
    assert {"items", "history"} <= fields_of("Order")


def test_every_javascript_file_is_deployed_once_under_its_own_name() -> None:
    deployed = []
    for properties in shape.resources("AWS::AppSync::Resolver").values():
        assert properties["CodeS3Location"] == f"js/{properties['TypeName']}.{properties['FieldName']}.js"
        deployed.append(properties["CodeS3Location"])
    for properties in shape.resources("AWS::AppSync::FunctionConfiguration").values():
        assert properties["CodeS3Location"] == f"js/functions/{properties['Name']}.js"
        deployed.append(properties["CodeS3Location"])
    for properties in shape.resources("AWS::AppSync::ChannelNamespace").values():
        assert properties["CodeS3Location"] == f"js/channels/{properties['Name']}.js"
        deployed.append(properties["CodeS3Location"])
    assert sorted(deployed) == sorted(shape.javascript())


def test_pipeline_functions_have_the_order_in_their_files() -> None:
    steps = shape.resources("AWS::AppSync::FunctionConfiguration")
    for properties in shape.resources("AWS::AppSync::Resolver").values():
        if properties["Kind"] != "PIPELINE":
            continue
        functions = properties["PipelineConfig"]["Functions"]
        names = [steps[shape.reference(item)]["Name"] for item in functions]
        source = shape.javascript()[properties["CodeS3Location"]].replace("(one conditional update) ", "")
        assert " -> ".join(names) in source


def test_figures_input_has_the_fields_of_its_type() -> None:
    types = {
        node.name.value: {field.name.value for field in node.fields or ()}
        for node in SCHEMA.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode | graphql.InputObjectTypeDefinitionNode)
    }
    names = [name for name in types if name == "ShopFigures" or name.endswith("Figure")]
    assert len(names) == 6
    for name in names:
        assert types[f"{name}Input"] == types[name]


def test_publish_mutations_require_iam() -> None:
    text = (shape.ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert "publishOrderStatus(input: OrderStatusInput!): OrderStatusChange! @aws_iam\n" in text
    assert "publishShopFigures(input: ShopFiguresInput!): ShopFigures! @aws_iam\n" in text
    [api] = shape.resources("AWS::AppSync::GraphQLApi").values()
    assert api["AuthenticationType"] == "AMAZON_COGNITO_USER_POOLS"
    assert api["AdditionalAuthenticationProviders"] == [{"AuthenticationType": "AWS_IAM"}]


def test_environment_has_every_variable_of_the_resolvers() -> None:
    [api] = shape.resources("AWS::AppSync::GraphQLApi").values()
    used = {
        word.split("ctx.env.")[1].rstrip(",]);:.}")
        for source in shape.javascript().values()
        for word in source.replace("[ctx", " ctx").replace("]", " ").split()
        if "ctx.env." in word
    }
    assert used == set(api["EnvironmentVariables"])


# Systems outside the stack read them.
READ_OUTSIDE = {"InvoiceQueue", "WarehouseQueue", "FraudQueue"}


def test_visibility_timeout_is_six_times_that_of_the_function() -> None:
    functions = shape.resources("AWS::Lambda::Function")
    queues = shape.resources("AWS::SQS::Queue")
    read = {
        shape.reference(mapping["EventSourceArn"]): (
            shape.reference(mapping["FunctionName"]),
            mapping.get("MaximumBatchingWindowInSeconds", 0),
        )
        for mapping in shape.resources("AWS::Lambda::EventSourceMapping").values()
    }
    for name, properties in queues.items():
        if name in read:
            function, window = read[name]
            assert properties["VisibilityTimeout"] == 6 * functions[function]["Timeout"] + window
            target = shape.reference(properties["RedrivePolicy"]["deadLetterTargetArn"])
            assert queues[target]["MessageRetentionPeriod"] == 14 * 24 * 3600
        elif name == "CompanionQueue":
            assert properties["VisibilityTimeout"] == 60  # the companion's worker may run for 10 s
        elif name in READ_OUTSIDE:
            assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600
        else:
            assert name.endswith("DeadLetters")


def test_batches_report_failures_item_by_item() -> None:
    for mapping in shape.resources("AWS::Lambda::EventSourceMapping").values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    stream = shape.resources("AWS::Lambda::EventSourceMapping")["OrdersStreamMapping"]
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["StartingPosition"] == "TRIM_HORIZON"
    assert 0 < stream["MaximumRetryAttempts"] <= 10
    assert shape.reference(stream["DestinationConfig"]["OnFailure"]["Destination"]) == "FanoutDeadLetters"


def test_cancellation_without_a_waiting_run_is_settled_by_the_stream() -> None:
    mapping = shape.resources("AWS::Lambda::EventSourceMapping")["CancellationsMapping"]
    assert mapping["Enabled"] == {"Fn::If": ["FulfilledOutside", True, False]}
    [pattern] = [json.loads(item["Pattern"]) for item in mapping["FilterCriteria"]["Filters"]]
    assert pattern["dynamodb"] == {
        "Keys": {"sk": {"S": ["STATE"]}},
        "OldImage": {"status": {"S": ["CONFIRMED"]}},
        "NewImage": {"status": {"S": ["CANCELLED"]}},
    }
    assert (
        shape.reference(mapping["DestinationConfig"]["OnFailure"]["Destination"]) == "SettlementDeadLetters"
    )


def test_fulfilment_rule_loses_no_report() -> None:
    rule = shape.resources("AWS::Events::Rule")["FulfilmentRule"]
    pattern = {"source": [SOURCE], "detail-type": [kind.value for kind in FulfilmentKind]}
    assert rule["EventPattern"] == pattern
    on_the_bus = shape.resources("AWS::Events::Rule")["PartnerRule"]
    assert on_the_bus["EventPattern"] == pattern | {"replay-name": [{"exists": False}]}
    assert {t["Arn"]["Fn::GetAtt"][0] for t in on_the_bus["Targets"]} == {"RecordFulfilmentFunction"}
    [target] = rule["Targets"]
    assert shape.reference(target["Arn"]) == "RecordFulfilmentFunction"
    assert shape.reference(target["DeadLetterConfig"]["Arn"]) == "FulfilmentDeadLetters"
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    function = shape.resources("AWS::Lambda::Function")["RecordFulfilmentFunction"]
    assert shape.reference(function["DeadLetterConfig"]["TargetArn"]) == "FulfilmentDeadLetters"
    policy = shape.resources("AWS::SQS::QueuePolicy")["FulfilmentDeadLettersPolicy"]
    assert [shape.reference(queue) for queue in policy["Queues"]] == ["FulfilmentDeadLetters"]


def test_every_webhook_topic_may_send_dead_letters() -> None:
    topics = shape.resources("AWS::SNS::Topic")
    del topics["AlarmTopic"], topics["OrderEvents"]  # no customer's
    assert all(topic["SignatureVersion"] == "2" for topic in topics.values())
    policy = shape.resources("AWS::SQS::QueuePolicy")["WebhookDeadLettersPolicy"]
    [statement] = policy["PolicyDocument"]["Statement"]
    sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    function = shape.resources("AWS::Lambda::Function")["ManageWebhooksFunction"]
    joined = function["Environment"]["Variables"]["WEBHOOK_TOPICS"]["Fn::If"][1]["Fn::Join"][1]
    assert {shape.reference(source) for source in sources} == set(topics)
    assert {shape.reference(topic) for topic in joined} == set(topics)


def test_stream_mapping_filters_state_items() -> None:
    stream = shape.resources("AWS::Lambda::EventSourceMapping")["OrdersStreamMapping"]
    [pattern] = [json.loads(item["Pattern"]) for item in stream["FilterCriteria"]["Filters"]]
    assert pattern == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"sk": {"S": ["STATE"]}}},
    }


def test_resources_with_customer_data_are_retained() -> None:
    for name, body in shape.everything().items():
        if body["Type"] in {"AWS::DynamoDB::Table", "AWS::Cognito::UserPool"}:
            # Connections are gone within two hours anyway, and a replay rebuilds summaries.
            lasts = name not in {"ConnectionsTable", "SummariesTable"}
            assert body["DeletionPolicy"] == ("RetainExceptOnCreate" if lasts else "Delete"), name
            assert body["UpdateReplacePolicy"] == ("Retain" if lasts else "Delete"), name


def test_connections_expire_by_ttl() -> None:
    table = shape.resources("AWS::DynamoDB::Table")["ConnectionsTable"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_redelivery_batch_ends_before_its_function() -> None:
    mapping = shape.resources("AWS::Lambda::EventSourceMapping")["RedeliveryMapping"]
    function = shape.resources("AWS::Lambda::Function")["RedeliverFunction"]
    slowest = max(channel.deadline for channel in (AppSyncChannel, WebSocketChannel, EventsChannel))
    assert mapping["BatchSize"] * slowest < function["Timeout"]


def test_every_log_group_has_a_retention() -> None:
    groups = shape.resources("AWS::Logs::LogGroup")
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())
    for properties in shape.resources("AWS::Lambda::Function").values():
        assert shape.reference(properties["LoggingConfig"]["LogGroup"]) in groups


def test_every_queue_is_encrypted() -> None:
    """`.checkov.yaml` answers for all of them at once."""
    queues = shape.resources("AWS::SQS::Queue")
    assert {name for name, queue in queues.items() if queue.get("SqsManagedSseEnabled") is not True} == set()


def test_template_contains_nothing_of_one_machine() -> None:
    files = source_files(shape.APPSYNC / "template.yaml")
    text = "".join(file.read_text(encoding="utf-8") for file in files).lower()
    for word in ("localhost", "127.0.0.1", "ministack", "endpoint_url"):
        assert word not in text


def test_outputs_are_those_that_clients_read() -> None:
    assert set(shape.template()["Outputs"]) == {
        "GraphQLUrl",
        "RealtimeUrl",
        "ApiId",
        "EventsApiId",
        "EventsHost",
        "EventsRealtimeHost",
        "UserPoolId",
        "UserPoolClientId",
        "UserPoolArn",
        "AppSyncChannel",
        "WebSocketChannel",
        "WebhookChannel",
        "IotAuthorizer",
        "OrdersTableName",
        "OrdersTableArn",
        "ChangesStream",
        "FiguresTableName",
        "AnalyticsDatabase",
        "AnalyticsWorkGroup",
        "AskingPolicy",
        "ConnectionsTableName",
        "ConnectionsTableArn",
        "FulfilmentTableName",
        "OrderQueueUrl",
        "CompanionQueueUrl",
        "CompanionQueueArn",
        "StateMachineArn",
        "ExecutionsArn",
        "ExpressMachineArn",
        "DurableFunctionArn",
        "RunOrderFunctionArn",
        "DurableExecutionsArn",
        "Orchestrator",
        "ExpressOrders",
        "Fulfilment",
        "PaceSeconds",
        "ApprovalLimit",
        "FlaggedCountries",
        "SseUrl",
        "SseApiId",
        "IntakeUrl",
        "IntakeApiId",
        "EventBusName",
        "EventBusArn",
        "EventArchiveArn",
        "SummaryRuleArn",
        "SummaryQueueUrl",
        "SummariesTableName",
        "OrderEventsTopicArn",
        "AuditLogGroup",
        "ManageWebhooksArn",
        "Tracing",
        "AlarmTopicArn",
        "Region",
    }


def test_events_are_published_by_the_backend_and_received_by_people_alone() -> None:
    [api] = shape.resources("AWS::AppSync::Api").values()
    modes = {name: value for name, value in api["EventConfig"].items() if name.endswith("AuthModes")}
    people, backend = [{"AuthType": "AMAZON_COGNITO_USER_POOLS"}], [{"AuthType": "AWS_IAM"}]
    assert modes == {
        "ConnectionAuthModes": people,
        "DefaultSubscribeAuthModes": people,
        "DefaultPublishAuthModes": backend,
    }
    [namespace] = shape.resources("AWS::AppSync::ChannelNamespace").values()
    assert not {"SubscribeAuthModes", "PublishAuthModes"} & namespace.keys()  # which would override them


def test_references_to_the_event_api_have_its_condition() -> None:
    template = shape.template()
    for kind in ("Resources", "Outputs"):
        for name, body in template[kind].items():
            refers = any(word in json.dumps(body) for word in ("EventApi", "OrderChannels"))
            # Functions refer to it within a condition of their own.
            if refers and "Fn::If" not in json.dumps(body):
                assert body.get("Condition") == "EventsOn", name


def lint(template: shape.Document, folder: Path) -> str:
    """Return what cfn-lint says of a template from which nothing is excused."""
    template = {name: value for name, value in template.items() if name != "Metadata"}
    path = folder / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    linter = Path(sys.executable).with_name("cfn-lint")
    return subprocess.run([linter, path], capture_output=True, text=True, check=False).stdout


@pytest.mark.slow  # `make lint` has it read the template itself
def test_cfn_lint_accepts_the_packaged_template(tmp_path: Path) -> None:
    """Packaged, the local paths are locations: no check needs an exception then."""
    uploads: list[str] = []

    class Bucket:
        def put_object(self, *, Key: str, **_: object) -> None:  # noqa: N803 - boto3's word
            uploads.append(Key)

    packaged = package(shape.template(), shape.APPSYNC, cast("S3Client", Bucket()), "bucket")
    assert lint(packaged.template, tmp_path) == ""
    # Code (which the nested template has too), layer, schema, workflows, and the nested template.
    assert len(set(uploads)) == len(shape.javascript()) + 7


def test_one_parameter_traces_everything_or_nothing() -> None:
    active, on = (
        {"Mode": {"Fn::If": ["TracingOn", "Active", "PassThrough"]}},
        {"Fn::If": ["TracingOn", True, False]},
    )
    assert all(body["TracingConfig"] == active for body in shape.resources("AWS::Lambda::Function").values())
    machines = shape.resources("AWS::StepFunctions::StateMachine")
    assert all(body["TracingConfiguration"] == {"Enabled": on} for body in machines.values())
    roles = {
        ("FunctionsTracing", "AnalyticsTracing"): "AWS::Lambda::Function",
        ("WorkflowsTracing",): "AWS::StepFunctions::StateMachine",
    }
    policies = shape.resources("AWS::IAM::Policy")
    for names, kind in roles.items():
        attached = {shape.reference(role) for name in names for role in policies[name]["Roles"]}
        bodies = shape.resources(kind).values()
        assert attached == {shape.reference(body.get("Role") or body["RoleArn"]) for body in bodies}
    [api] = shape.resources("AWS::AppSync::GraphQLApi").values()
    assert api["XrayEnabled"] == on
    assert all(body["TracingEnabled"] == on for body in shape.resources("AWS::ApiGateway::Stage").values())


def test_a_replay_reaches_the_read_model_alone() -> None:
    rules = {n: b for n, b in shape.resources("AWS::Events::Rule").items() if "EventBusName" in b}
    replayed = {n for n, b in rules.items() if "replay-name" not in b["EventPattern"]}
    assert replayed == {"SummaryRule"}
    assert all(
        b["EventPattern"].get("replay-name", [{"exists": False}]) == [{"exists": False}]
        for b in rules.values()
    )


def test_consumers_of_order_events_receive_known_versions_alone() -> None:
    rules = shape.resources("AWS::Events::Rule").items()
    of_orders = {n: b["EventPattern"] for n, b in rules if "orderwire.orders" in str(b.get("EventPattern"))}
    assert set(of_orders) == {"NotificationsRule", "WebhookRule", "SummaryRule"}
    assert all(pattern["detail"] == {"schemaVersion": [SCHEMA_VERSION]} for pattern in of_orders.values())


def test_webhooks_are_fed_by_the_bus_or_by_fan_out_and_never_by_both() -> None:
    conditions = shape.template()["Conditions"]
    with_bus, without = conditions["BusWebhooksOn"]["Fn::And"], conditions["DirectWebhooksOn"]["Fn::And"]
    assert {"Condition": "BusOn"} in with_bus and {"Fn::Not": [{"Condition": "BusOn"}]} in without
    variables = shape.resources("AWS::Lambda::Function")["FanoutFunction"]["Environment"]["Variables"]
    assert variables["WEBHOOKS_TABLE"]["Fn::If"][0] == "DirectWebhooksOn"
    assert shape.template()["Resources"]["WebhookRule"]["Condition"] == "BusWebhooksOn"


def test_another_account_may_send_parcel_reports_alone() -> None:
    statement = shape.resources("AWS::Events::EventBusPolicy")["PartnerEvents"]["Statement"]
    allowed = statement["Condition"]["StringEquals"]
    assert allowed == {"events:source": SOURCE, "events:detail-type": [kind.value for kind in FulfilmentKind]}
