"""Several templates in one start, in order, and what they look up in the account."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.command_line.main import main
from localcloud.command_line.options import check, parser
from localcloud.deploying.deployment import DeploymentTarget, Planned
from localcloud.deploying.planning import check_parameters, stack_names
from localcloud.stack.parameters import UsageError
from tests.localcloud.running import running, wait_for

QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue"}
BASE: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]}},
    "Resources": {
        "Queue": QUEUE,
        "Stored": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/base/stage", "Type": "String", "Value": {"Ref": "Stage"}},
        },
    },
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": {"Fn::Sub": "${Stage}-url"}}}},
}
APP: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/base/stage"},
    },
    "Resources": {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": "{{resolve:secretsmanager:db:SecretString:name}}"},
        }
    },
    "Outputs": {
        "Imported": {"Value": {"Fn::ImportValue": {"Fn::Sub": "${Stage}-url"}}},
        "Other": {"Value": {"Fn::ImportValue": "others"}},
        "Read": {"Value": {"Ref": "Stored"}},
    },
}


def write(folder: Path) -> tuple[Path, Path]:
    base, app = folder / "base.json", folder / "app" / "template.json"
    app.parent.mkdir()
    base.write_text(json.dumps(BASE))
    app.write_text(json.dumps(APP))
    return base, app


def planned(*documents: dict[str, Any], **values: str) -> list[Planned]:
    return [Planned(document, DeploymentTarget(Path(), "x", values)) for document in documents]


def options(*words: str) -> argparse.Namespace:
    return parser().parse_args(words)


def test_stacks_are_named_after_their_templates() -> None:
    assert stack_names([Path("a.yaml")], []) == ["local"]
    assert stack_names([Path("net_work.yaml"), Path("x/app/template.yml")], []) == ["net-work", "app"]
    assert stack_names([Path("a.yaml"), Path("b.yaml")], ["one", "two"]) == ["one", "two"]
    for names in (["one"], ["one", "one"], ["one", "2"], ["one", "two", "three"]):
        with pytest.raises(UsageError, match="stack"):
            stack_names([Path("a.yaml"), Path("b.yaml")], names)
    with pytest.raises(UsageError, match="two stacks would be called a"):
        stack_names([Path("x/a.yaml"), Path("y/a.yaml")], [])


def test_each_template_gets_the_parameters_that_it_declares() -> None:
    first, second = check_parameters(planned(BASE, APP, Stage="prod", Stored="/s"), [Path("a"), Path("b")])
    assert first.target.parameters == {"Stage": "prod"}
    assert second.target.parameters == {"Stage": "prod", "Stored": "/s"}
    with pytest.raises(UsageError, match="no template has a parameter Stag; there are: Stage, Stored"):
        check_parameters(planned(BASE, APP, Stag="x"), [Path("a"), Path("b")])
    with pytest.raises(UsageError, match="b: this parameter has no default; give:\n  --parameter Stage="):
        check_parameters(planned(BASE, APP), [Path("a"), Path("b")])
    with pytest.raises(UsageError, match="Stage wants one of dev, prod"):
        check_parameters(planned(BASE, APP, Stage="x"), [Path("a"), Path("b")])


def test_the_options_name_what_each_template_is_deployed_as() -> None:
    words = ("a.yaml", "b.yaml", "--port", "0", "--ssm", "/x=1=2", "--region", "eu-west-1")
    first, second = check(options(*words))
    assert (first.stack_name, second.stack_name) == ("a", "b")
    assert second.values == {
        "AWS::Region": "eu-west-1",
        "AWS::AccountId": "000000000000",
        "AWS::StackName": "b",
        "{{resolve:ssm:/x}}": "1=2",
        "{{folder}}": str(Path("b.yaml").resolve().parent),
    }
    with pytest.raises(UsageError, match=r"--ssm 'x': expected KEY=VALUE"):
        check(options("a.yaml", "--port", "0", "--ssm", "x"))


def test_check_looks_at_all_templates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, app = write(tmp_path)
    assert main(["check", str(base), str(app), "--all", "--ssm", "others=o"]) == 0
    output = capsys.readouterr().out
    assert "Stage has no default: give --parameter Stage=VALUE (String)" in output
    assert "db is a secret of Secrets Manager: give --ssm db=VALUE" in output
    assert "others is" not in output
    base.write_text(json.dumps({**BASE, "Parameters": {"Stage": {"AllowedValues": ["a"], "Default": "b"}}}))
    assert main(["check", str(base), str(app)]) == 1
    assert "parameter-default: Stage has the default 'b', and wants one of a" in capsys.readouterr().out
    assert main(["check", str(base), "--parameter", "Stage"]) == 2


@pytest.mark.slow
@pytest.mark.integration
def test_a_later_template_imports_what_an_earlier_one_exports(tmp_path: Path) -> None:
    base, app = write(tmp_path)
    secret = 'db={"name": "topic of others"}'
    words = ("--parameter", "Stage=prod", "--ssm", secret, "--ssm", "others=them")
    with running(tmp_path, base, *words, then=[app], reload=True) as cloud:
        assert cloud.ready["stack"] == "app"
        assert [each["stack"] for each in cloud.ready["stacks"]] == ["base", "app"]  # type: ignore[attr-defined]
        assert cloud.outputs["Imported"] == cloud.outputs["Url"]
        assert (cloud.outputs["Other"], cloud.outputs["Read"]) == ("them", "prod")
        sns = cloud.session().client("sns", endpoint_url=cloud.engine)
        topic = sns.list_topics()["Topics"][0]["TopicArn"]
        assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "topic of others"
        edited = {**BASE["Outputs"], "More": {"Value": "more"}}
        base.write_text(json.dumps({**BASE, "Outputs": edited}))
        ready = tmp_path / "ready.json"
        wait_for(lambda: "More" in json.loads(ready.read_text())["outputs"], what="the first template's edit")


def test_check_names_what_cannot_be_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "code").mkdir()
    for method, message in (("rust", "BuildMethod rust is not served"), ("makefile", "there is no")):
        layer = {
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": "code"},
            "Metadata": {"BuildMethod": method},
        }
        path = tmp_path / "template.json"
        path.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"L": layer}}))
        assert main(["check", str(path)]) == 1
        assert message in capsys.readouterr().out


def test_macros_of_other_accounts_end_check_and_start_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    include = {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/key"}}
    queue = {**QUEUE, "Properties": {"Fn::Transform": {"Name": "Own"}, "Tags": {"Fn::Transform": include}}}
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Transform": ["Other"], "Resources": {"Queue": queue}}, indent=1))
    assert main(["check", str(path)]) == 1
    assert main([str(path), "--port", "0"]) == 2
    output = capsys.readouterr()
    for stream in (output.out, output.err):
        assert "the macro Other is not served" in stream
        assert "template.json:6" in stream and "the macro Own is not served" in stream
        assert "AWS::Include of s3://bucket/key: it is not on this machine" in stream


@pytest.mark.slow
@pytest.mark.integration
def test_start_names_every_missing_lookup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, app = write(tmp_path)
    assert main([str(app), "--port", "0", "--parameter", "Stage=prod", "--ssm", "prod-url=x"]) == 1
    output = capsys.readouterr().err
    for name in ("/base/stage=VALUE", "db=VALUE", "others=VALUE"):
        assert f"--ssm {name}" in output
    assert "--ssm prod-url" not in output
