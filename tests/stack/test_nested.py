"""Nested templates on disk: packaged from the deepest up, and found by who looks for files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from localcloud.stack.files import code_names, local_files
from localcloud.stack.package import Package, package
from localcloud.stack.support import unsupported
from localcloud.stack.template import Json, TemplateError, properties, read_template, resources
from tests.localcloud.running import ROOT
from tests.stack.test_package import FakeS3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NESTED = ROOT / "tests" / "localcloud" / "nested"


def packaged(path: Path, s3: FakeS3) -> Package:
    return package(
        read_template(path), path.parent, cast("S3Client", s3), "assets", url=lambda key: f"http://s3/{key}"
    )


def stack(location: str, kind: str = "AWS::CloudFormation::Stack", name: str = "TemplateURL") -> Json:
    return {"Type": kind, "Properties": {name: location}}


def write(path: Path, named: dict[str, Json], **sections: Json) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**sections, "Resources": named}))
    return path


def uploaded(s3: FakeS3, package: Package, logical_id: str, name: str = "TemplateURL") -> dict[str, Json]:
    url = properties(resources(package.template)[logical_id])[name]
    assert isinstance(url, str)
    document: dict[str, Json] = json.loads(s3.objects["assets", url.removeprefix("http://s3/")])
    return document


def test_nested_template_is_packaged_from_its_own_folder() -> None:
    s3 = FakeS3()
    whole = packaged(NESTED / "template.yaml", s3)
    counts = uploaded(s3, whole, "Counts")
    assert counts == whole.nested["Counts"].template
    assert str(properties(resources(counts)["Count"])["CodeS3Location"]).startswith("s3://assets/")
    assert whole.nested["Counts"].sources == {"Greeter": NESTED / "counts" / "greet"}
    deep = uploaded(s3, whole.nested["Counts"], "Deep")
    assert "VisibilityTimeout" in properties(resources(deep)["Queue"])
    assert whole.size == 14


def test_nested_cdk_stack_is_the_template_beside_the_manifest(tmp_path: Path) -> None:
    write(tmp_path / "child.nested.template.json", {"Q": {"Type": "AWS::SQS::Queue"}})
    files = {
        "h": {
            "source": {"path": "child.nested.template.json"},
            "destinations": {"here": {"objectKey": "h.json"}},
        }
    }
    (tmp_path / "App.assets.json").write_text(json.dumps({"files": files}))
    url: Json = {
        "Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".amazonaws.com/cdk-assets/h.json"]]
    }
    body: Json = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    s3 = FakeS3()
    whole = packaged(write(tmp_path / "App.template.json", {"Child": body}), s3)
    assert list(resources(uploaded(s3, whole, "Child"))) == ["Q"]


def test_nested_change_changes_each_address_above(tmp_path: Path) -> None:
    deep = write(tmp_path / "a" / "b" / "deep.json", {"Q": {"Type": "AWS::SQS::Queue"}})
    write(tmp_path / "a" / "mid.json", {"Deep": stack("b/deep.json")})
    root = write(tmp_path / "root.json", {"Mid": stack("a/mid.json")})
    first, second, again = FakeS3(), FakeS3(), FakeS3()
    before = packaged(root, first).template
    assert packaged(root, again).template == before
    write(deep, {"Other": {"Type": "AWS::SQS::Queue"}})
    assert packaged(root, second).template != before


def test_sam_application_is_packaged(tmp_path: Path) -> None:
    write(tmp_path / "app.json", {"Q": {"Type": "AWS::SQS::Queue"}})
    root = write(
        tmp_path / "root.json", {"App": stack("./app.json", "AWS::Serverless::Application", "Location")}
    )
    s3 = FakeS3()
    assert uploaded(s3, packaged(root, s3), "App", "Location")["Resources"] == {
        "Q": {"Type": "AWS::SQS::Queue"}
    }


@pytest.mark.parametrize(
    "value", ["https://s3.amazonaws.com/b/child.json", {"Ref": "Url"}, {"ApplicationId": "a"}]
)
def test_remote_template_address_is_unchanged(tmp_path: Path, value: Json) -> None:
    body: Json = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": value}}
    root = write(tmp_path / "root.json", {"Child": body})
    assert properties(resources(packaged(root, FakeS3()).template)["Child"]) == {"TemplateURL": value}


def test_template_nested_in_itself_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "b.json", {"A": stack("a.json")})
    root = write(tmp_path / "a.json", {"B": stack("b.json")})
    with pytest.raises(TemplateError, match="is nested in itself"):
        packaged(root, FakeS3())
    with pytest.raises(TemplateError, match="there is no file"):
        packaged(write(tmp_path / "c.json", {"D": stack("absent.json")}), FakeS3())


def test_files_of_nested_templates_are_listed(tmp_path: Path) -> None:
    template = read_template(NESTED / "template.yaml")
    files = {
        (file.logical_id, file.path.relative_to(NESTED).as_posix()) for file in local_files(template, NESTED)
    }
    assert files == {
        ("Schema", "schema.graphql"),
        ("Words", "words"),
        ("Counts", "counts/template.yaml"),
        ("Counts.Greeter", "counts/greet"),
        ("Counts.Count", "counts/js/count.js"),
        ("Counts.Deep", "counts/deep/template.yaml"),
    }
    assert code_names(template, NESTED) == {"Mutation.count.js": NESTED / "counts" / "js" / "count.js"}
    # A nested template that is not there yet is waited for.
    absent = read_template(write(tmp_path / "root.json", {"Child": stack("child.json")}))
    assert [file.path for file in local_files(absent, tmp_path)] == [tmp_path / "child.json"]


def test_start_names_unsupported_nested_resources(tmp_path: Path) -> None:
    write(tmp_path / "child.json", {"Job": {"Type": "AWS::Batch::JobQeue"}})
    far: Json = {"Type": "AWS::Serverless::Application", "Properties": {"Location": {"ApplicationId": "a"}}}
    root = {"Resources": {"Child": stack("child.json"), "Far": far}}
    assert unsupported(cast("dict[str, Json]", root), tmp_path) == [
        "AWS::Batch::JobQeue is not served by the local cloud: AWS has no such type (Child.Job)",
        "AWS::Serverless::Application: its application is in the Serverless Application Repository: name a "
        "local template instead (Far)",
    ]
