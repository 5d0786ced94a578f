"""The deployer against a running local cloud: a second stack comes, is checked, and goes."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.stack.command import main
from tests.localcloud.running import ROOT, Running, running, wait_for
from verify.__main__ import main as verify

pytestmark = pytest.mark.integration
NOTES = ROOT / "tests" / "localcloud" / "notes" / "template.yaml"
RETAINED = ("UserPool", "OrdersTable", "FulfilmentTable", "WebhooksTable", "ImportsTable", "ImportsBucket")
BUCKET = "stack-artefacts-000000000000-us-east-1"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("cloud"), NOTES) as started:
        yield started


@pytest.fixture(autouse=True)
def there(cloud: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this variable: no credentials, no region."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.engine)


def client(cloud: Running, service: str) -> Any:
    return cloud.session().client(service, endpoint_url=cloud.engine)  # type: ignore[call-overload]


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", "-s", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def answers(url: str) -> bool:
    request = urllib.request.Request(url, b'{"query": "{ __typename }"}', method="POST")
    try:
        urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        return error.code == 401  # there, and closed without a token
    except OSError:
        return False
    return True


def write(folder: Path, resources: dict[str, Any], **more: Any) -> str:
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": resources, **more}))
    return str(path)


def test_second_stack_is_served_on_its_own_port_until_it_is_deleted(
    cloud: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy", str(NOTES), "--stack", "second", "--parameter", "Greeting=Moin"]) == 0
    capsys.readouterr()
    assert main(["outputs", "--stack", "second", "--json"]) == 0
    url = json.loads(capsys.readouterr().out)["Url"]
    assert url != cloud.apis[0].graphql
    assert answers(url) and answers(cloud.apis[0].graphql)
    assert main(["destroy", "--stack", "second"]) == 0
    assert "stack second is gone\n" in capsys.readouterr().err
    wait_for(lambda: not answers(url), what="the end of the API")
    assert answers(cloud.apis[0].graphql)


def test_foreign_stack_is_not_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(["--stack", "local"]) == 1
    assert "failed the stack has no output GraphQLUrl, RealtimeUrl" in capsys.readouterr().out


@pytest.mark.slow
def test_application_is_deployed_verified_and_destroyed(
    cloud: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = make("deploy", "STACK=shop", "PARAMETERS=PaceSeconds=1")
    assert f"account 000000000000, region us-east-1\nartefacts go to the bucket {BUCKET}" in errors.replace(
        ", as arn:aws:iam::000000000000:root", ""
    )
    assert "CREATE_COMPLETE      AWS::CloudFormation::Stack shop" in errors

    assert main(["outputs", "--stack", "shop", "--json"]) == 0
    outputs = json.loads(capsys.readouterr().out)
    assert outputs["GraphQLUrl"] != cloud.apis[0].graphql  # a port of its own
    assert answers(outputs["GraphQLUrl"]) and answers(cloud.apis[0].graphql)

    assert main(["deploy", str(ROOT / "appsync" / "template.yaml"), "--stack", "shop"]) == 0
    assert "stack shop had nothing to change" in capsys.readouterr().err  # PaceSeconds was kept

    errors = make("verify-aws", "STACK=shop")
    assert errors.count("ok ") == 7, errors
    assert errors.endswith("every check holds, and everything that was created is deleted again\n")
    dynamodb = client(cloud, "dynamodb")
    for table in ("OrdersTableName", "FulfilmentTableName"):
        assert dynamodb.scan(TableName=outputs[table])["Items"] == []
    assert client(cloud, "cognito-idp").list_users(UserPoolId=outputs["UserPoolId"])["Users"] == []

    errors = make("destroy", "STACK=shop")
    for kept in RETAINED:
        assert f"kept, as the template says: {kept} (AWS::" in errors
    assert errors.endswith(
        f"stack shop is gone\n{len(RETAINED)} resources with their data stay, named above\n"
    )
    wait_for(lambda: not answers(outputs["GraphQLUrl"]), what="the end of the API")
    assert answers(cloud.apis[0].graphql)
    dynamodb.describe_table(TableName=outputs["OrdersTableName"])
    assert main(["outputs", "--stack", "shop"]) == 1
    assert "there is no stack shop in this account and region" in capsys.readouterr().err


def test_artefact_bucket_is_private_and_encrypted(cloud: Running, tmp_path: Path) -> None:
    queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
    assert main(["deploy", write(tmp_path, queue), "--stack", "bucket"]) == 0
    s3 = client(cloud, "s3")
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    [rule] = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert (rule["Status"], rule["Expiration"]) == ("Enabled", {"Days": 365})


def test_large_template_is_deployed_from_the_bucket(cloud: Running, tmp_path: Path) -> None:
    queue = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 7}}}
    path = write(tmp_path, queue, Metadata={"Long": "x" * 60_000})
    assert main(["deploy", path, "--stack", "large"]) == 0
    keys = [content["Key"] for content in client(cloud, "s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert any(key.endswith(".template.json") for key in keys)
    assert main(["destroy", "--stack", "large"]) == 0


def test_update_keeps_unnamed_parameters(cloud: Running, tmp_path: Path) -> None:
    delays = {name: {"Type": "Number", "Default": 0} for name in ("One", "Two")}
    queues = {
        name: {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": name[:3]}}}
        for name in ("OneQueue", "TwoQueue")
    }
    path = write(tmp_path, queues, Parameters=delays)
    assert main(["deploy", path, "--stack", "kept", "--parameter", "One=3", "--parameter", "Two=4"]) == 0
    assert main(["deploy", path, "--stack", "kept", "--parameter", "Two=5"]) == 0
    [stack] = client(cloud, "cloudformation").describe_stacks(StackName="kept")["Stacks"]
    values = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}
    assert values == {"One": "3", "Two": "5"}


def test_failed_creation_is_removed_by_destroy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # No API is there to take it.
    schema = {"ApiId": "none", "DefinitionS3Location": "s3://nowhere/schema.graphql"}
    bad = write(tmp_path, {"Thing": {"Type": "AWS::AppSync::GraphQLSchema", "Properties": schema}})
    assert main(["deploy", bad, "--stack", "bad"]) == 1
    assert "stack bad ended as ROLLBACK_COMPLETE: Thing (AWS::AppSync::G" in capsys.readouterr().err
    assert main(["deploy", bad, "--stack", "bad"]) == 1
    assert "stack bad is in ROLLBACK_COMPLETE: its creation failed and was undone" in capsys.readouterr().err
    assert main(["destroy", "--stack", "bad"]) == 0
    valid = write(tmp_path, {"Queue": {"Type": "AWS::SQS::Queue"}})
    assert main(["deploy", valid, "--stack", "bad"]) == 0


def test_protected_stack_stays(cloud: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, {"Queue": {"Type": "AWS::SQS::Queue"}})
    assert main(["deploy", path, "--stack", "dear", "--protect"]) == 0
    assert main(["destroy", "--stack", "dear"]) == 1
    assert "stack dear is protected" in capsys.readouterr().err
    [stack] = client(cloud, "cloudformation").describe_stacks(StackName="dear")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_stack_buckets_are_emptied_unless_they_are_kept(cloud: Running, tmp_path: Path) -> None:
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    resources = {
        "Gone": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "gone-b", **versioned}},
        "Kept": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "Properties": {"BucketName": "kept-b"},
        },
    }
    assert main(["deploy", write(tmp_path, resources), "--stack", "buckets"]) == 0
    s3 = client(cloud, "s3")
    for bucket in ("gone-b", "kept-b"):
        for text in (b"1", b"2"):
            s3.put_object(Bucket=bucket, Key="key", Body=text)
    assert main(["destroy", "--stack", "buckets"]) == 0
    remaining = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert "kept-b" in remaining and "gone-b" not in remaining
    assert s3.get_object(Bucket="kept-b", Key="key")["Body"].read() == b"2"


def test_nested_stacks_are_deployed_and_destroyed_whole(
    cloud: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "nested-b"}}
    kept = {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain"}
    (tmp_path / "child.json").write_text(json.dumps({"Resources": {"Bucket": bucket, "Kept": kept}}))
    # SAM makes a nested stack of it.
    root = {"Child": {"Type": "AWS::Serverless::Application", "Properties": {"Location": "child.json"}}}
    path = write(tmp_path, root, Transform="AWS::Serverless-2016-10-31")
    assert main(["deploy", path, "--stack", "nest"]) == 0
    errors = capsys.readouterr().err
    assert "CREATE_COMPLETE      AWS::S3::Bucket Child.Bucket" in errors
    assert errors.index("AWS::S3::Bucket Child.Bucket") < errors.index(
        "COMPLETE      AWS::CloudFormation::Stack Child"
    )
    s3 = client(cloud, "s3")
    s3.put_object(Bucket="nested-b", Key="key", Body=b"1")

    schema = {"ApiId": "none", "DefinitionS3Location": "s3://nowhere/schema.graphql"}
    bad = {"Bad": {"Type": "AWS::AppSync::GraphQLSchema", "Properties": schema}}
    child = {"Resources": {"Bucket": bucket, "Kept": kept, **bad}}
    (tmp_path / "child.json").write_text(json.dumps(child))
    assert main(["deploy", path, "--stack", "nest"]) == 1
    error = capsys.readouterr().err.rpartition("error")[2]
    assert "stack nest ended as UPDATE_ROLLBACK_COMPLETE: Child.Bad (AWS::AppSync::GraphQLSchema): " in error
    assert "Embedded stack" not in error

    assert main(["destroy", "--stack", "nest"]) == 0
    errors = capsys.readouterr().err
    assert "2 resources will be deleted\nkept, as the template says: Child.Kept (AWS::SQS::Queue)" in errors
    assert "nested-b" not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
