"""Nested stacks: parameters, outputs and APIs across templates, with the file and line of each finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.check.run import check
from localcloud.stack.template import Json
from tests.localcloud.running import ROOT

QUEUE: Json = {"Type": "AWS::SQS::Queue"}
CHILD: dict[str, Json] = {
    "Parameters": {
        "Needed": {"Type": "String"},
        "Size": {"Type": "String", "Default": "small", "AllowedValues": ["small", "large"]},
    },
    "Resources": {"Queue": QUEUE},
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
}


def nest(arguments: Json, location: str = "child.json") -> Json:
    values: dict[str, Json] = {"TemplateURL": location, "Parameters": arguments}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": values}


def errors_of(folder: Path, root: Json, child: Json = CHILD) -> list[str]:
    (folder / "child.json").write_text(json.dumps(child, indent=1))
    path = folder / "root.json"
    path.write_text(json.dumps(root, indent=1))
    return [
        f"{finding.place.path.name}:{finding.place.line}: "
        f"{finding.severity.word}: {finding.rule}: {finding.message}"
        for finding in check(path)
    ]


def test_resolver_of_a_nested_stack_counts_for_the_passed_api() -> None:
    path = ROOT / "tests" / "localcloud" / "nested" / "template.yaml"
    assert [finding for finding in check(path) if finding.severity > 1] == []


def test_nested_resolver_of_a_missing_field_is_reported_with_its_line(tmp_path: Path) -> None:
    values: Json = {
        "ApiId": {"Ref": "Id"}, "TypeName": "Query", "FieldName": "two", "DataSourceName": "none", "Code": "x"
    }  # fmt: skip
    child: Json = {
        "Parameters": {"Id": {"Type": "String"}},
        "Resources": {"Two": {"Type": "AWS::AppSync::Resolver", "Properties": values}},
    }
    api: Json = {
        "Type": "AWS::AppSync::GraphQLApi",
        "Properties": {"Name": "a", "AuthenticationType": "API_KEY"},
    }
    schema: Json = {"ApiId": {"Fn::GetAtt": ["Api", "ApiId"]}, "Definition": "type Query { one: ID }"}
    root: Json = {
        "Resources": {
            "Api": api,
            "Schema": {"Type": "AWS::AppSync::GraphQLSchema", "Properties": schema},
            "Child": nest({"Id": {"Fn::GetAtt": ["Api", "ApiId"]}}),
        }
    }
    messages = errors_of(tmp_path, root, child)
    assert (
        "child.json:8: error: resolver-field-unknown: the resolver Child.Two is for Query.two: "
        "there is no such field" in messages
    )
    assert any(line.startswith("child.json") and "data-source-missing" in line for line in messages)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "Child does not pass Needed, which has no default in child.json"),
        ({"Needed": "1", "Odd": 1}, "Child passes Odd; child.json has these parameters: Needed, Size"),
        ({"Needed": "1", "Size": "vast"}, "Child passes 'vast' as Size, which allows: small, large"),
        ({"Needed": ["1"]}, "Child passes a list as Needed: CloudFormation takes a text, see Fn::Join"),
    ],
)
def test_mismatching_parameters_are_errors(tmp_path: Path, arguments: Json, problem: str) -> None:
    messages = errors_of(tmp_path, {"Resources": {"Child": nest(arguments)}})
    assert [line.partition(": error: nested-parameter: ")[2] for line in messages] == [problem]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"Fn::GetAtt": ["Child", "Outputs.Url"]}, None),
        ({"Fn::Sub": "x-${Child.Outputs.Url}"}, None),
        ({"Fn::GetAtt": "Child.Outputs.Arn"}, "the output Arn of Child is read; child.json has these: Url"),
        (
            {"Fn::GetAtt": ["Child", "Arn"]},
            "Child.Arn is read: of a nested stack there are Outputs.NAME alone",
        ),
    ],
)
def test_missing_outputs_are_errors(tmp_path: Path, value: Json, problem: str | None) -> None:
    root: Json = {"Resources": {"Child": nest({"Needed": "1"})}, "Outputs": {"Read": {"Value": value}}}
    messages = [line.partition(": error: nested-output: ")[2] for line in errors_of(tmp_path, root)]
    assert messages == ([problem] if problem else [])


def test_finding_in_a_nested_template_has_file_and_line(tmp_path: Path) -> None:
    child: Json = {"Resources": {"Queue": QUEUE, "Bad": {"Type": "AWS::Batch::Thing", "Properties": {}}}}
    rule: Json = {"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Id": "t", "Arn": {"Ref": "No"}}]}}
    child["Resources"]["Rule"] = rule  # type: ignore[index,call-overload]
    messages = errors_of(tmp_path, {"Resources": {"Child": nest({})}}, child)
    assert (
        "child.json:6: error: unknown-type: Bad: AWS::Batch::Thing is not served by the local cloud: "
        "AWS has no such type" in messages
    )
    assert any(
        line.startswith("child.json:10: error: reference-unknown: Rule refers to No") for line in messages
    )


def test_template_nested_in_itself_is_an_error(tmp_path: Path) -> None:
    messages = errors_of(
        tmp_path, {"Resources": {"Child": nest({})}}, {"Resources": {"Root": nest({}, "root.json")}}
    )
    assert [line.rpartition("/")[2] for line in messages] == ["root.json is nested in itself"]
    assert messages[0].startswith("child.json:")


def test_missing_nested_template_is_an_error(tmp_path: Path) -> None:
    messages = errors_of(tmp_path, {"Resources": {"Child": nest({}, "absent.json")}})
    assert messages[0].startswith("root.json:6: error: nested-template: Child.TemplateURL: there is no file ")


def test_template_beyond_the_limit_of_cloudformation_is_an_error(tmp_path: Path) -> None:
    root: Json = {"Resources": {f"Q{number}": QUEUE for number in range(501)}}
    assert any(
        "template-too-large: the template has 501 resources" in line for line in errors_of(tmp_path, root)
    )


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ({"Type": "Number"}, "two", "Child passes 'two' as P, which is a number"),
        ({"Type": "Number"}, 2.5, None),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+"},
            "A1",
            "Child passes 'A1' as P, which must match [a-z]+",
        ),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "ab", None),
        ({"Type": "String", "AllowedPattern": "\\p{Alpha}+"}, "ab", None),
    ],
)
def test_value_that_its_parameter_refuses_is_a_finding(
    tmp_path: Path, parameter: Json, value: Json, message: str | None
) -> None:
    child: Json = {"Parameters": {"P": parameter}, "Resources": {"Queue": QUEUE}}
    findings = errors_of(tmp_path, {"Resources": {"Child": nest({"P": value})}}, child)
    assert [finding.rpartition(": ")[2] for finding in findings] == ([message] if message else [])
