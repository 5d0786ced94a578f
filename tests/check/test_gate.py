"""What `check` calls an error refuses the start, with the same line, before anything is created."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localcloud.check.finding import Severity
from localcloud.check.run import check
from localcloud.command_line.plans import refuse
from localcloud.deploying.deployment import DeploymentTarget, Planned
from localcloud.stack.template import TemplateError, read_template
from tests.check.templates import CODE, RUNTIME, api, ref, resolver, resource, unit

ROOT = Path(__file__).resolve().parents[2]
QUERY = "type Query { x: ID }"
ROLE = "arn:aws:iam::000000000000:role/r"
ARN = "arn:aws:sqs:us-east-1:000000000000:jobs"
TOPIC = "arn:aws:sns:us-east-1:000000000000:news"
FUNCTION: dict[str, Any] = {
    "Runtime": "python3.11",
    "Handler": "index.handler",
    "Role": ROLE,
    "Code": {"ZipFile": "def handler(event, context): pass"},
}
INVOKE = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${F.Arn}/invocations"


def of(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"A": {"Type": f"AWS::{kind}", "Properties": properties}}}


def function(**properties: Any) -> dict[str, Any]:
    return of("Lambda::Function", **FUNCTION, **properties)


def beside(template: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    """Return a template with more resources."""
    return {**template, "Resources": {**template["Resources"], **others}}


def pipeline(*functions: Any) -> dict[str, Any]:
    return resolver(
        "Query.x", Kind="PIPELINE", PipelineConfig={"Functions": [*functions]}, Code=CODE, Runtime=RUNTIME
    )


def streamed(uri: str, kind: str = "AWS_PROXY", **integration: Any) -> dict[str, Any]:
    method = {
        "RestApiId": {"Ref": "Rest"},
        "ResourceId": {"Fn::GetAtt": ["Rest", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": {
            "Type": kind, "IntegrationHttpMethod": "POST", "ResponseTransferMode": "STREAM",
            "Uri": {"Fn::Sub": uri}, **integration,
        },
    }  # fmt: skip
    rest = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "r"}}
    served = {"Type": "AWS::Lambda::Function", "Properties": FUNCTION}
    return beside(of("ApiGateway::Method", **method), Rest=rest, F=served)


STREAMING = INVOKE.replace("2015-03-31", "2021-11-15").replace(
    "/invocations", "/response-streaming-invocations"
)
URL = {"TargetFunctionArn": "f", "AuthType": "NONE"}
MUTATION = "type Mutation { m: ID } type Other { a: ID }"
CASES: dict[str, dict[str, Any]] = {
    "file-missing": of("Lambda::Function", **{**FUNCTION, "Code": "none/"}),
    "api-elsewhere": of("AppSync::DataSource", ApiId="abc", Name="n", Type="NONE"),
    "reference-unknown": of("SQS::Queue", QueueName={"Ref": "Nothing"}),
    "value-range": function(Timeout=901),
    "value-unknown": api(QUERY, "NOBODY"),
    "code-refused": api(QUERY, X=resolver("Query.x", DataSourceName="none", Code=CODE)),
    "nested-template": of("CloudFormation::Stack", TemplateURL="none.yaml"),
    "nested-parameter": of("CloudFormation::Stack", TemplateURL="child.json", Parameters={"Q": "1"}),
    "nested-output": beside(
        of("CloudFormation::Stack", TemplateURL="child.json"),
        B={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": ref("A", "Outputs.Nope")}},
    ),
    "macro-unserved": {"Transform": "Own::Macro", **of("SQS::Queue")},
    "build-unserved": {
        "Resources": {
            "A": {
                "Type": "AWS::Serverless::LayerVersion",
                "Metadata": {"BuildMethod": "cobol"},
                "Properties": {"ContentUri": "code/"},
            }
        },
    },
    "parameter-default": {
        "Parameters": {"P": {"Type": "String", "Default": "c", "AllowedValues": ["a", "b"]}},
        **of("SQS::Queue"),
    },
    "template-too-large": {"Resources": {f"Q{n}": {"Type": "AWS::SQS::Queue"} for n in range(501)}},
    "schema-invalid": api("type Query { x: Nope }"),
    "js-no-try": api(QUERY, X=unit("Query.x", CODE + "try { x() } catch {}")),
    "js-syntax": api(QUERY, X=unit("Query.x", "export const a = 'x")),
    "js-TS2304": api(QUERY, X=unit("Query.x", CODE + "const a = nothing;")),
    "vtl-syntax": api(
        QUERY,
        X=resolver("Query.x", DataSourceName="none", RequestMappingTemplate="#if(",
                   ResponseMappingTemplate="{}"),
    ),
    "state-machine-refused": of(
        "StepFunctions::StateMachine", RoleArn=ROLE, DefinitionString='{"StartAt": "A", "States": {}}'
    ),
    "unsupported-integration": of(
        "ApiGatewayV2::Integration", ApiId="a", IntegrationType="HTTP_PROXY", ConnectionType="VPC_LINK",
        ConnectionId="l", IntegrationMethod="GET", IntegrationUri="http://x",
    ),
    "stream-needs-proxy": streamed(STREAMING, "AWS"),
    "stream-uri": streamed(INVOKE),
    "stream-timeout": streamed(STREAMING, TimeoutInMillis=1_000_000),
    "stream-runtime": streamed(STREAMING),
    "url-value": of("Lambda::Url", **{**URL, "AuthType": "ANY"}),
    "url-twice": beside(of("Lambda::Url", **URL), B={"Type": "AWS::Lambda::Url", "Properties": URL}),
    "sns-subscription": of("SNS::Subscription", TopicArn=TOPIC, Protocol="pigeon", Endpoint="x"),
    "event-rule": of("Events::Rule", EventPattern={"source": "text"}),
    "delivery-stream": of("KinesisFirehose::DeliveryStream", DeliveryStreamName="a b"),
    "kinesis-stream": of("Kinesis::Stream", Name="s", ShardCount=1, RetentionPeriodHours=1),
    "unserved": of(
        "Scheduler::Schedule", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:ecs:us-east-1:000000000000:cluster/c", "RoleArn": ROLE},
    ),
    "alarm-refused": of(
        "CloudWatch::Alarm", MetricName="m", Namespace="n", Period=60, Statistic="Average",
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="Near",
    ),
    "filter-pattern": of(
        "Logs::MetricFilter", LogGroupName="g", FilterPattern="{ $.a = ", MetricTransformations=[]
    ),
    "event-invoke-config": of(
        "Lambda::EventInvokeConfig", FunctionName="f", Qualifier="$LATEST", MaximumRetryAttempts=3
    ),
    "event-source-mapping": of(
        "Lambda::EventSourceMapping", FunctionName="f", EventSourceArn=ARN, BatchSize=20_000
    ),
    "durable-function": function(DurableConfig={"ExecutionTimeout": 0, "RetentionPeriodInDays": 1}),
    "dead-letter-config": function(DeadLetterConfig={"TargetArn": f"{ARN}.fifo"}),
    "destination-undeliverable": of(
        "Lambda::EventInvokeConfig", FunctionName="f", Qualifier="$LATEST",
        DestinationConfig={"OnFailure": {"Destination": f"{ARN}.fifo"}},
    ),
    "reserved-concurrency": function(ReservedConcurrentExecutions=-1),
    "unsupported-source": of(
        "Lambda::EventSourceMapping", FunctionName="f",
        EventSourceArn="arn:aws:kafka:us-east-1:000000000000:cluster/c/1", Topics=["t"],
    ),
    "resolver-type-unknown": api(QUERY, X=unit("Nope.x")),
    "resolver-field-unknown": api(QUERY, X=unit("Query.y")),
    "resolver-twice": api(QUERY, X=unit("Query.x"), Y=unit("Query.x")),
    "data-source-missing": api(QUERY, X=unit("Query.x", DataSourceName="nope")),
    "code-missing": api(QUERY, X=resolver("Query.x", DataSourceName=ref("None", "Name"))),
    "pipeline-empty": api(QUERY, X=pipeline()),
    "pipeline-too-long": api(
        QUERY,
        X=pipeline(*[ref("F", "FunctionId")] * 11),
        F=resource("FunctionConfiguration", Name="f", DataSourceName="none", Code=CODE, Runtime=RUNTIME),
    ),
    "function-missing": api(QUERY, X=pipeline(ref("None", "FunctionId"))),
    "batch-size": api(QUERY, X=unit("Query.x", MaxBatchSize=5)),
    "subscribe-mutation-unknown": api(
        f'{QUERY} type Subscription {{ s: ID @aws_subscribe(mutations: ["m"]) }}', X=unit("Query.x")
    ),
    "subscribe-type-differs": api(
        f'{QUERY} {MUTATION} type Subscription {{ s: Other @aws_subscribe(mutations: ["m"]) }}',
        X=unit("Query.x"),
    ),
    "unknown-type": of("EC2::Instant"),
}  # fmt: skip
CHILD = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}


def refusal(path: Path, values: Mapping[str, str] | None = None) -> str:
    """Return what ends a start that has read a template, or what it says of handlers when it goes on."""
    target = DeploymentTarget(path.parent, "stack", parameters=values or {})
    planned = Planned(read_template(path), target)
    try:
        return "\n".join(refuse(argparse.Namespace(templates=[path], data=None), [planned]))
    except TemplateError as error:
        return str(error)


def written(folder: Path, template: dict[str, Any]) -> Path:
    (folder / "code").mkdir()
    (folder / "code" / "a.py").write_text("def b(event, context): pass\n")
    (folder / "child.json").write_text(json.dumps(CHILD))
    path = folder / "template.json"
    path.write_text(json.dumps(template, indent=1))
    return path


@pytest.mark.parametrize("rule", CASES)
def test_error_of_check_refuses_the_start_with_the_same_line(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, CASES[rule])
    errors = [finding for finding in check(path) if finding.severity is Severity.ERROR]
    assert rule in {finding.rule for finding in errors}
    lines = {
        line.partition(f" ({finding.rule})")[0] for finding in errors for line in refusal(path).splitlines()
    }
    for finding in errors:
        assert f"{finding.place.display(tmp_path)}: {finding.message}" in lines


@pytest.mark.parametrize(
    ("rule", "outcome"), [("js-TS2304", "AWS refuses the stack"), ("vtl-syntax", "its field fails")]
)
def test_error_in_a_handler_leaves_the_other_fields_to_the_start(
    rule: str, outcome: str, tmp_path: Path
) -> None:
    path = written(tmp_path, CASES[rule])
    planned = Planned(read_template(path), DeploymentTarget(path.parent, "stack"))
    (line,) = refuse(argparse.Namespace(templates=[path], data=None), [planned])
    assert f" ({rule}): its field fails" in line and outcome in line


def test_every_error_rule_has_a_case() -> None:
    table = (ROOT / "docs" / "checks.md").read_text()
    errors = set(re.findall(r"^\| `([a-z-]+\*?)` \| error", table, re.MULTILINE))
    families = {re.sub(r"^(js|vtl)-.*", r"\1-*", rule) for rule in CASES}
    assert families == errors


def test_start_goes_on_when_a_condition_leaves_the_error_out(tmp_path: Path) -> None:
    broken = function(Timeout=901)
    broken["Resources"]["A"]["Condition"] = "On"
    conditions = {"On": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
    parameters = {"Stage": {"Type": "String", "Default": "dev"}}
    path = written(tmp_path, {"Parameters": parameters, "Conditions": conditions, **broken})
    assert refusal(path) == ""
    assert "Timeout" in refusal(path, {"Stage": "prod"})


def test_warning_does_not_refuse_the_start(tmp_path: Path) -> None:
    path = written(tmp_path, api("type Query { x: ID y: ID }", X=unit("Query.x")))
    assert [finding.rule for finding in check(path) if finding.severity is Severity.WARNING]
    assert refusal(path) == ""
