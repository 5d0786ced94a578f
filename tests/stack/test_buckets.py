"""Objects that a template names in buckets: which local file stands for each, and what stands in for none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.stack.buckets import buckets_of, missing_objects, read_local
from localcloud.stack.copies import local_copies
from localcloud.stack.nested import parts
from localcloud.stack.template import Json, properties, resources

BUCKET: dict[str, Json] = {"Bucket": {"Type": "String"}, "Prefix": {"Type": "String", "Default": "v1/"}}


def write(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def template(folder: Path, kind: str, values: dict[str, Json]) -> Path:
    path = folder / "app" / "template.json"
    write(
        path, json.dumps({"Parameters": BUCKET, "Resources": {"Part": {"Type": kind, "Properties": values}}})
    )
    return path


def read(path: Path, **folders: Path) -> dict[str, Json]:
    return read_local(path, values(path, **folders))


def values(path: Path, **folders: Path) -> dict[str, str]:
    return buckets_of({name: str(folder) for name, folder in folders.items()}, path.parent)


def part(document: dict[str, Json]) -> dict[str, Json]:
    return properties(resources(document)["Part"])


@pytest.mark.parametrize(
    "location",
    [
        {"Fn::Sub": "s3://${Bucket}/${Prefix}graphql/schema.graphql"},
        {"Fn::Join": ["/", ["s3:/", {"Ref": "Bucket"}, "graphql", "schema.graphql"]]},
        {"Fn::Sub": ["${Root}/graphql/schema.graphql", {"Root": {"Ref": "Bucket"}}]},
        "https://s3.eu-west-1.amazonaws.com/media/graphql/schema.graphql",
        "https://media.s3.amazonaws.com/graphql/schema.graphql",
    ],
)
def test_object_is_the_file_below_the_template_that_ends_as_its_key(tmp_path: Path, location: Json) -> None:
    path = template(tmp_path, "AWS::AppSync::GraphQLSchema", {"DefinitionS3Location": location})
    write(path.parent / "graphql" / "schema.graphql")
    write(path.parent / "other" / "schema.graphql", "y")
    assert part(read(path)) == {"DefinitionS3Location": "graphql/schema.graphql"}
    assert [copied.path for copied in local_copies(read(path))] == ["graphql/schema.graphql"]


def test_object_is_looked_for_beside_the_template_before_the_rest_of_its_project(tmp_path: Path) -> None:
    path = template(tmp_path, "AWS::AppSync::Resolver", {"CodeS3Location": "s3://b/k/get.js"})
    write(tmp_path / "resolvers" / "get.js")
    assert len(list(missing_objects(read(path), path.parent, values(path)))) == 1  # another project's
    write(tmp_path / "README.md")
    assert part(read(path)) == {"CodeS3Location": "../resolvers/get.js"}
    write(path.parent / "src" / "get.js")
    assert part(read(path)) == {"CodeS3Location": "src/get.js"}


def test_object_that_several_files_could_be_is_missing_and_names_them(tmp_path: Path) -> None:
    path = template(tmp_path, "AWS::AppSync::Resolver", {"CodeS3Location": "s3://b/get.js"})
    write(path.parent / "one" / "get.js")
    write(path.parent / "two" / "get.js", "y")
    [missing] = missing_objects(read(path), path.parent, values(path))
    assert "(one/get.js, two/get.js): give --bucket b=FOLDER" in missing.message


def test_bucket_of_the_command_line_comes_before_the_surroundings(tmp_path: Path) -> None:
    path = template(tmp_path, "AWS::AppSync::Resolver", {"CodeS3Location": "s3://media/v1/get.js"})
    write(path.parent / "get.js")
    write(tmp_path / "pipeline" / "v1" / "get.js")
    assert part(read(path, media=tmp_path / "pipeline")) == {"CodeS3Location": "../pipeline/v1/get.js"}


def test_object_is_not_missing_while_a_parameter_is_to_complete_its_name(tmp_path: Path) -> None:
    location: Json = {"Fn::Sub": "s3://b/${Bucket}.graphql"}
    path = template(tmp_path, "AWS::AppSync::GraphQLSchema", {"DefinitionS3Location": location})
    assert not list(missing_objects(read(path), path.parent, values(path)))
    named = {**values(path), "Bucket": "schema"}
    assert len(list(missing_objects(read_local(path, named), path.parent, named))) == 1


def test_missing_schema_says_what_helps(tmp_path: Path) -> None:
    path = template(tmp_path, "AWS::AppSync::GraphQLSchema", {"DefinitionS3Location": "s3://b/s.graphql"})
    [missing] = missing_objects(read(path), path.parent, values(path))
    assert missing.message == (
        "Part.DefinitionS3Location: s3://b/s.graphql is not on this machine, and no file s.graphql is near "
        "the template: put it there, or give --bucket b=FOLDER"
    )


@pytest.mark.parametrize("kind", ["AWS::Lambda::Function", "AWS::Serverless::Function"])
def test_function_whose_code_is_nowhere_becomes_a_stand_in(tmp_path: Path, kind: str) -> None:
    code: dict[str, Json] = {
        "AWS::Lambda::Function": {"Code": {"S3Bucket": {"Ref": "Bucket"}, "S3Key": "work.zip"}},
        "AWS::Serverless::Function": {"CodeUri": "s3://b/work.zip"},
    }[kind]  # type: ignore[assignment]
    path = template(tmp_path, kind, {**code, "Handler": "a.b", "Runtime": "java21"})
    document = read(path)
    assert part(document)["Handler"] == "index.handler"
    assert not list(missing_objects(document, path.parent, values(path)))
    [copied] = local_copies(document)
    assert "it is created as a stand-in" in copied.message
    own = part(document)
    source = own["Code"]["ZipFile"] if kind == "AWS::Lambda::Function" else own["InlineCode"]  # type: ignore[call-overload, index]
    scope: dict[str, object] = {}
    exec(source, scope)  # type: ignore[arg-type]
    handler = scope["handler"]
    assert callable(handler)
    with pytest.raises(Exception, match=r"work\.zip, which is not on this machine"):
        handler({}, None)


def test_archive_is_the_folder_of_its_name_when_there_is_no_archive(tmp_path: Path) -> None:
    code: Json = {"S3Bucket": {"Ref": "Bucket"}, "S3Key": "functions/work.zip"}
    path = template(tmp_path, "AWS::Lambda::Function", {"Code": code})
    write(path.parent / "src" / "work" / "index.py")
    assert part(read(path)) == {"Code": "src/work"}


def test_object_in_a_bucket_of_the_template_is_left_to_the_deployment(tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    code: Json = {"S3Bucket": {"Ref": "Artefacts"}, "S3Key": "work.zip"}
    declared: Json = {
        "Artefacts": {"Type": "AWS::S3::Bucket"},
        "Part": {"Type": "AWS::Lambda::Function", "Properties": {"Code": code}},
    }
    write(path, json.dumps({"Resources": declared}))
    assert part(read(path)) == {"Code": code}
    assert not list(missing_objects(read(path), tmp_path, values(path)))


def test_template_that_is_nested_by_its_address_is_read_with_its_own_objects(tmp_path: Path) -> None:
    url: Json = {"Fn::Sub": "https://${Bucket}.s3.${AWS::Region}.${AWS::URLSuffix}/stacks/api.json"}
    path = template(tmp_path, "AWS::CloudFormation::Stack", {"TemplateURL": url})
    schema: Json = {"DefinitionS3Location": {"Fn::Sub": "s3://${Bucket}/schema.graphql"}}
    below: Json = {"Part": {"Type": "AWS::AppSync::GraphQLSchema", "Properties": schema}}
    write(path.parent / "stacks" / "api.json", json.dumps({"Parameters": BUCKET, "Resources": below}))
    write(path.parent / "schema.graphql")
    whole = list(parts(read(path), path.parent, path, values=values(path)))
    assert [each.name for each in whole] == ["", "Part"]
    assert part(whole[1].template) == {"DefinitionS3Location": "../schema.graphql"}


def test_template_for_aws_keeps_its_addresses(tmp_path: Path) -> None:
    path = template(tmp_path, "AWS::AppSync::Resolver", {"CodeS3Location": "s3://b/get.js"})
    write(path.parent / "get.js")
    assert part(read_local(path, {})) == {"CodeS3Location": "s3://b/get.js"}


@pytest.mark.parametrize("staged", [True, False])
def test_asset_of_the_first_cdk_is_the_folder_of_its_hash(tmp_path: Path, *, staged: bool) -> None:
    digest = "0a" * 32
    names = {kind: f"AssetParameters{digest}{kind}12345678" for kind in ("S3Bucket", "S3VersionKey")}
    halves: list[Json] = [
        {"Fn::Select": [number, {"Fn::Split": ["||", {"Ref": names["S3VersionKey"]}]}]} for number in (0, 1)
    ]
    code: Json = {"S3Bucket": {"Ref": names["S3Bucket"]}, "S3Key": {"Fn::Join": ["", halves]}}
    work: Json = {"Type": "AWS::Lambda::Function", "Properties": {"Code": code}}
    path = tmp_path / "App.template.json"
    declared: Json = {name: {"Type": "String"} for name in names.values()}
    write(path, json.dumps({"Parameters": declared, "Resources": {"Part": work}}))
    if staged:
        write(tmp_path / f"asset.{digest}" / "index.py")
    document = read(path)
    own = part(document)["Code"]
    assert own == f"asset.{digest}" if staged else "ZipFile" in own  # type: ignore[operator]
    assert all("Default" in body for body in document["Parameters"].values())  # type: ignore[union-attr, operator]


def test_asset_of_a_stack_for_one_account_is_found_by_its_plain_address(tmp_path: Path) -> None:
    path = template(tmp_path, "AWS::AppSync::Resolver", {"CodeS3Location": "s3://cdk-x-assets-1-eu/aa.js"})
    destinations: Json = {"d": {"bucketName": "cdk-x-assets-1-eu", "objectKey": "aa.js"}}
    manifest: Json = {"files": {"aa": {"source": {"path": "asset.aa.js"}, "destinations": destinations}}}
    write(path.parent / "App.assets.json", json.dumps(manifest))
    write(path.parent / "asset.aa.js")
    assert part(read(path)) == {"CodeS3Location": "asset.aa.js"}
