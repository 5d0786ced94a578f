"""What a template looks up elsewhere is found before anything is created."""

import json
from pathlib import Path
from typing import Any

from localcloud.stack.cdk import with_local_assets
from localcloud.stack.language import with_loops
from localcloud.stack.lookups import Lookups, lookups

QUEUE = "AWS::SQS::Queue"


def of(resources: dict[str, Any], values: dict[str, str] | None = None, **more: Any) -> Lookups:
    return lookups({"Resources": resources, **more}, Path(), values or {})


def test_ssm_parameters_are_looked_up_by_their_value() -> None:
    parameters = {
        "Image": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/image"},
        "Names": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/names"},
        "Name": {"Type": "AWS::SSM::Parameter::Name", "Default": "/not/looked/up"},
        "None": {"Type": "AWS::SSM::Parameter::Value<String>"},
    }
    own = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/image", "Value": "x"}}}
    # CloudFormation reads them before it creates anything: the template's own parameter comes too late.
    assert of(own, {"Names": "/others"}, Parameters=parameters).parameters == {
        "/image": False,
        "/others": True,
    }


def test_dynamic_references_and_imports_are_looked_up_by_name() -> None:
    queue = {
        "Type": QUEUE,
        "Properties": {
            "A": "{{resolve:ssm:/a}}-{{resolve:ssm-secure:/b:3}}",
            "C": {"Fn::Sub": "{{resolve:ssm:/c/${Stage}}}"},
            "D": {"Fn::Join": ["", ["{{resolve:secretsmanager:", "d", ":SecretString:key}}"]]},
            "E": ["{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:1:secret:e-x:SecretString:k}}"],
            "F": {"Fn::ImportValue": {"Fn::Sub": "${Stage}-f"}},
            "G": {"Fn::ImportValue": "g"},
            "Later": {"Fn::Sub": "{{resolve:ssm:${Own}}}"},
            "LaterToo": {"Fn::ImportValue": {"Fn::GetAtt": ["Own", "Name"]}},
        },
    }
    result = of({"Q": queue}, Parameters={"Stage": {"Type": "String", "Default": "dev"}})
    assert result.parameters == {"/a": False, "/b": False, "/c/dev": False}
    assert result.secrets == {"d", "arn:aws:secretsmanager:us-east-1:1:secret:e-x"}
    assert result.exports == {"dev-f", "g"}


def test_resources_of_the_template_are_not_looked_up() -> None:
    queue = {"Type": QUEUE, "Properties": {"A": "{{resolve:ssm:/a}}", "B": "{{resolve:secretsmanager:b}}"}}
    own = {
        "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": {"Fn::Sub": "/${N}"}, "Value": "x"}},
        "S": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "b"}},
        "Unnamed": {"Type": "AWS::SecretsManager::Secret"},
    }
    assert not of({"Q": queue, **own}, Parameters={"N": {"Type": "String", "Default": "a"}})


def test_nested_template_looks_up_with_its_passed_parameters(tmp_path: Path) -> None:
    below = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Resources": {"Q": {"Type": QUEUE, "Properties": {"A": {"Fn::Sub": "{{resolve:ssm:/${Stage}}}"}}}},
    }
    (tmp_path / "below.json").write_text(json.dumps(below))
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "below.json", "Parameters": {"Stage": {"Ref": "Stage"}}},
    }
    template: dict[str, Any] = {"Parameters": {"Stage": {"Type": "String"}}, "Resources": {"Below": stack}}
    assert lookups(template, tmp_path, {"Stage": "prod"}).parameters == {"/prod": False}


def test_loop_iterates_over_a_list_of_the_parameter_store() -> None:
    template: dict[str, Any] = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Names": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/names"}},
        "Resources": {"Fn::ForEach::L": ["X", {"Ref": "Names"}, {"Q${X}": {"Type": QUEUE}}]},
    }
    written = with_loops(template, {"{{resolve:ssm:/names}}": "a,b"})["Resources"]
    assert list(written) == ["Qa", "Qb"]  # type: ignore[arg-type]


def test_bootstrap_version_of_cdk_is_neither_looked_up_nor_deployed(tmp_path: Path) -> None:
    version = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
    template: dict[str, Any] = {
        "Parameters": {"BootstrapVersion": version, "Stage": {"Type": "String"}},
        "Rules": {"CheckBootstrapVersion": {"Assertions": []}},
        "Resources": {"Q": {"Type": QUEUE}},
    }
    assert not lookups(template, tmp_path, {})
    packaged = with_local_assets(template, tmp_path)  # there is no manifest beside it
    assert (packaged["Parameters"], packaged["Rules"]) == ({"Stage": {"Type": "String"}}, {})
    own: dict[str, Any] = {"Parameters": {"BootstrapVersion": {"Type": "String"}}, "Resources": {}}
    assert with_local_assets(own, tmp_path) == own
