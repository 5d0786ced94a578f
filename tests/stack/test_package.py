"""Packaging: local paths become S3 locations, artefacts are the same bytes for the same contents."""

import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from localcloud.stack.archives import zip_folder
from localcloud.stack.package import package
from localcloud.stack.template import Json, TemplateError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class FakeS3:
    """Keeps what is put."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.puts = 0

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - boto3's names
        self.objects[Bucket, Key] = Body
        self.puts += 1


def run(template: dict[str, Json], base: Path) -> tuple[dict[str, Json], dict[str, Path], FakeS3]:
    s3 = FakeS3()
    packaged = package(template, base, cast("S3Client", s3), "assets")
    return packaged.template, packaged.sources, s3


def function(code: Json) -> dict[str, Json]:
    return {"Type": "AWS::Lambda::Function", "Properties": {"Code": code}}


def properties(template: dict[str, Json], name: str) -> dict[str, Json]:
    resources = template["Resources"]
    assert isinstance(resources, dict)
    resource = resources[name]
    assert isinstance(resource, dict)
    properties = resource["Properties"]
    assert isinstance(properties, dict)
    return properties


def test_folders_are_zipped_and_files_uploaded_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("x = 1\n")
    (tmp_path / "schema.graphql").write_text("type Query { a: Int }")
    (tmp_path / "flow.json").write_text("{}")
    before: dict[str, Json] = {
        "Resources": {
            "Fn": function("code/"),
            "Again": function("./code"),
            "Schema": {
                "Type": "AWS::AppSync::GraphQLSchema",
                "Properties": {"DefinitionS3Location": "schema.graphql"},
            },
            "Flow": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"DefinitionS3Location": "flow.json"},
            },
        }
    }
    after, sources, s3 = run(before, tmp_path)

    code = properties(after, "Fn")["Code"]
    assert isinstance(code, dict)
    assert code["S3Bucket"] == "assets"
    archive = zipfile.ZipFile(io.BytesIO(s3.objects["assets", str(code["S3Key"])]))
    assert archive.namelist() == ["app.py"]
    assert properties(after, "Again")["Code"] == code
    location = str(properties(after, "Schema")["DefinitionS3Location"])
    assert location.startswith("s3://assets/") and location.endswith(".graphql")
    assert s3.objects["assets", location.removeprefix("s3://assets/")] == b"type Query { a: Int }"
    flow = properties(after, "Flow")["DefinitionS3Location"]
    assert isinstance(flow, dict) and flow.keys() == {"Bucket", "Key"}
    assert sources == {"Fn": tmp_path / "code", "Again": tmp_path / "code"}
    assert s3.puts == 3
    assert properties(before, "Fn")["Code"] == "code/"  # the template that was read stays as it was


def test_existing_location_is_unchanged(tmp_path: Path) -> None:
    template: dict[str, Json] = {
        "Resources": {
            "Bucket": function({"S3Bucket": "b", "S3Key": "k"}),
            "Inline": function({"ZipFile": "def handler(e, c): pass"}),
            "Schema": {
                "Type": "AWS::AppSync::GraphQLSchema",
                "Properties": {"DefinitionS3Location": "s3://b/schema.graphql"},
            },
        }
    }
    after, sources, s3 = run(template, tmp_path)
    assert after == template
    assert (sources, s3.puts) == ({}, 0)


def test_code_shared_by_sam_functions_is_packaged_for_each(tmp_path: Path) -> None:
    for name in ("shared", "own"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(name)
    serverless = "AWS::Serverless::Function"
    template: dict[str, Json] = {
        "Globals": {"Function": {"CodeUri": "shared/", "Timeout": 3}},
        "Resources": {
            "Bare": {"Type": serverless},
            "Own": {"Type": serverless, "Properties": {"CodeUri": "own/"}},
            "Inline": {"Type": serverless, "Properties": {"InlineCode": "x = 1"}},
        },
    }
    after, sources, _ = run(template, tmp_path)
    assert sources == {"Bare": tmp_path / "shared", "Own": tmp_path / "own"}
    assert after["Globals"] == {"Function": {"Timeout": 3}}
    inline = after["Resources"]["Inline"]["Properties"]  # type: ignore[index,call-overload]
    assert inline == {"InlineCode": "x = 1"}


def test_missing_path_names_resource_and_property(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"^Fn\.Code: 'nowhere' does not exist"):
        run({"Resources": {"Fn": function("nowhere")}}, tmp_path)


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "code" / "__pycache__").mkdir(parents=True)
    (tmp_path / "code" / "__pycache__" / "a.pyc").write_bytes(b"")
    with pytest.raises(TemplateError, match="nothing to package"):
        run({"Resources": {"Fn": function("code")}}, tmp_path)


def test_equal_contents_give_equal_zips_at_any_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "pkg").mkdir(parents=True)
        (tmp_path / name / "pkg" / "a.py").write_text("a\n")
        (tmp_path / name / "b.py").write_text("b\n")
    os.utime(tmp_path / "two" / "b.py", (0, 1_000_000_000))
    assert zip_folder(tmp_path / "one") == zip_folder(tmp_path / "two")


def test_linked_folders_are_followed(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "core.py").write_text("")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "shared").symlink_to("../shared")
    archive = zipfile.ZipFile(io.BytesIO(zip_folder(tmp_path / "code")))
    assert archive.namelist() == ["shared/core.py"]


def test_function_without_a_code_path_uses_the_folder_of_the_template(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    inline: Json = {"Type": "AWS::Serverless::Function", "Properties": {"InlineCode": "x = 2"}}
    image: Json = {"Type": "AWS::Serverless::Function", "Properties": {"PackageType": "Image"}}
    template, sources, s3 = run(
        {"Resources": {"Own": {"Type": "AWS::Serverless::Function"}, "Inline": inline, "Image": image}},
        tmp_path,
    )
    assert sources == {"Own": tmp_path}
    assert str(properties(template, "Own")["CodeUri"]).startswith("s3://assets/")
    assert "CodeUri" not in {**properties(template, "Inline"), **properties(template, "Image")}
    assert s3.puts == 1


def test_single_code_file_is_zipped_and_an_archive_is_not(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    (tmp_path / "code.zip").write_bytes(b"PK-what it is")
    _, _, s3 = run({"Resources": {"File": function("app.py"), "Zip": function("code.zip")}}, tmp_path)
    bodies = list(s3.objects.values())
    assert zipfile.ZipFile(io.BytesIO(bodies[0])).namelist() == ["app.py"]
    assert bodies[1] == b"PK-what it is"


def test_definitions_of_every_kind_of_api_are_uploaded(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text("openapi: 3.0.1\n")
    kinds = {
        "Rest": ("AWS::Serverless::Api", "DefinitionUri"),
        "Http": ("AWS::Serverless::HttpApi", "DefinitionUri"),
        "Plain": ("AWS::ApiGatewayV2::Api", "BodyS3Location"),
    }
    template, _, s3 = run(
        {
            "Resources": {
                name: {"Type": kind, "Properties": {key: "api.yaml"}} for name, (kind, key) in kinds.items()
            }
        },
        tmp_path,
    )
    assert all(properties(template, name)[key] != "api.yaml" for name, (_, key) in kinds.items())
    assert s3.puts == 1
