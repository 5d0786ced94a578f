"""``AWS::Include`` of local files: what they hold stands where the transform stood."""

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.stack.snippets import snippet_files
from localcloud.stack.template import TemplateError, read_template


def include(location: str) -> dict[str, Any]:
    return {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}}


def read(folder: Path, template: dict[str, Any], **files: str) -> dict[str, Any]:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    path = folder / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    return read_template(path)


def test_definition_body_becomes_the_snippet(tmp_path: Path) -> None:
    api = {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": include("./api.yaml")}}
    template = read(
        tmp_path,
        {"Resources": {"Api": api}},
        api_yaml="openapi: 3.0.1\ninfo: {version: 2020-01-01}\npaths: {/a: {Fn::Sub: '${AWS::Region}'}}\n",
    )
    assert template["Resources"]["Api"]["Properties"]["DefinitionBody"] == {
        "openapi": "3.0.1",
        "info": {"version": "2020-01-01"},
        "paths": {"/a": {"Fn::Sub": "${AWS::Region}"}},
    }
    assert snippet_files(tmp_path / "template.json") == {tmp_path / "api.yaml"}


def test_snippet_wins_over_the_properties_beside_it(tmp_path: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    topic = {"Type": "AWS::SNS::Topic"}
    template = read(
        tmp_path,
        {"Resources": {"Own": queue, "Both": queue, **include("more.json")}, "Outputs": include("out.json")},
        more_json=json.dumps({"Both": topic, "New": topic}),
        out_json='{"Stated": {"Value": 1}}',
    )
    assert template["Resources"] == {"Own": queue, "Both": topic, "New": topic}
    assert template["Outputs"] == {"Stated": {"Value": 1}}


def test_top_level_include_adds_to_the_sections(tmp_path: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    whole = include("all.yaml")["Fn::Transform"]
    for transform in (whole, [whole, "AWS::Serverless-2016-10-31"]):
        template = read(
            tmp_path,
            {"Transform": transform, "Resources": {"A": queue}},
            all_yaml="Resources: {B: {Type: AWS::SQS::Queue}}\nOutputs: {O: {Value: 1}}",
        )
        assert template["Resources"] == {"A": queue, "B": queue}
        assert template["Outputs"] == {"O": {"Value": 1}}
        assert ("Transform" in template) == isinstance(transform, list)
        assert snippet_files(tmp_path / "template.json") == {tmp_path / "all.yaml"}


def test_short_form_of_the_transform_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("QueueName: q\n")
    path = tmp_path / "t.yaml"
    path.write_text(
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n"
        "      !Transform {Name: AWS::Include, Parameters: {Location: p.yaml}}\n"
    )
    assert read_template(path)["Resources"] == {
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
    }


def test_remote_snippet_and_other_macros_are_left_to_cloudformation(tmp_path: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": include("s3://bucket/key")}
    macro = {"Type": "AWS::SQS::Queue", "Properties": {"Fn::Transform": {"Name": "Own"}}}
    assert read(tmp_path, {"Resources": {"Q": queue, "M": macro}})["Resources"] == {"Q": queue, "M": macro}
    assert snippet_files(tmp_path / "template.json") == set()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "template.json, line 1: AWS::Include: there is no file .*snippet.yaml"),
        ("a: !Sub x", "snippet.yaml, line 1: AWS::Include takes no short form"),
        ("a: [", r"snippet.yaml, line \d: "),
        ("- a", "takes a snippet of keys and values"),
        (
            json.dumps({"a": include("snippet.yaml")}),
            "snippet.yaml, line 1: a snippet cannot include another",
        ),
    ],
)
def test_invalid_snippet_is_refused_with_its_place(tmp_path: Path, text: str | None, problem: str) -> None:
    files = {} if text is None else {"snippet_yaml": text}
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": include("snippet.yaml")}}}
    with pytest.raises(TemplateError, match=problem):
        read(tmp_path, template, **files)
