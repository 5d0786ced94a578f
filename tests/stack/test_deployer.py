"""The deployer's own decisions: questions, parameters, where a template goes, what states mean."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from localcloud.stack import arguments, command
from localcloud.stack.account import Account, AwsError
from localcloud.stack.bucket import ensure_bucket, put_template
from localcloud.stack.deploy import STUCK, DeployError, deploy
from localcloud.stack.destroy import NoSuchStack, find, plan
from localcloud.stack.parameters import UsageError, parameter_values
from localcloud.stack.template import Json

AWS = ("123456789012", "eu-west-1", "arn:aws:iam::123456789012:user/ada")
TEMPLATE: dict[str, Json] = {
    "Parameters": {"Stage": {"Type": "String"}, "Pace": {"Type": "Number"}},
    "Resources": {},
}


def refusal(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "Operation",
    )


@dataclass
class FakeS3:
    """A bucket that answers ``head_bucket`` as scripted, and keeps its calls."""

    head: ClientError | None = None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def head_bucket(self, **arguments: Any) -> None:
        assert arguments["ExpectedBucketOwner"] == AWS[0]
        if self.head:
            raise self.head

    def __getattr__(self, name: str) -> Any:
        return lambda **arguments: self.calls.append((name, arguments))


@dataclass(frozen=True)
class FakeAccount(Account):
    s3: Any = None

    def client(self, service: str) -> Any:
        assert service == "s3", f"{service} is not to be used"
        return self.s3


class FakeCloudFormation:
    """One stack in one state."""

    def __init__(self, status: str | None, **more: Any) -> None:
        self._stack = None if status is None else {"StackStatus": status, "StackId": "arn:stack", **more}

    def describe_stacks(self, **_: Any) -> Any:
        if self._stack is None:
            raise refusal("ValidationError")
        return {"Stacks": [self._stack]}


# --- the bucket ---


def test_missing_bucket_is_created_private_encrypted_and_with_expiry() -> None:
    s3 = FakeS3(refusal("404", 404))
    assert ensure_bucket(FakeAccount(*AWS, s3=s3)) == ("stack-artefacts-123456789012-eu-west-1", True)
    calls = dict(s3.calls)
    assert calls["create_bucket"]["CreateBucketConfiguration"] == {"LocationConstraint": "eu-west-1"}
    assert calls["create_bucket"]["ObjectOwnership"] == "BucketOwnerEnforced"
    assert set(calls["put_public_access_block"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert {"put_bucket_encryption", "put_bucket_lifecycle_configuration", "put_bucket_policy"} <= set(calls)
    assert '"aws:SecureTransport": "false"' in calls["put_bucket_policy"]["Policy"]


def test_bucket_in_the_first_region_has_no_location_constraint() -> None:
    s3 = FakeS3(refusal("404", 404))
    ensure_bucket(FakeAccount(AWS[0], "us-east-1", AWS[2], s3=s3))
    assert "CreateBucketConfiguration" not in dict(s3.calls)["create_bucket"]


def test_existing_bucket_is_used_unchanged() -> None:
    s3 = FakeS3()
    assert ensure_bucket(FakeAccount(*AWS, s3=s3)) == ("stack-artefacts-123456789012-eu-west-1", False)
    assert s3.calls == []


def test_bucket_of_another_account_is_refused() -> None:
    with pytest.raises(AwsError, match=r"belongs to another account.*give one of your own with --bucket"):
        ensure_bucket(FakeAccount(*AWS, s3=FakeS3(refusal("403", 403))))


def test_bucket_of_another_region_is_refused() -> None:
    with pytest.raises(AwsError, match="the bucket mine is not in eu-west-1, where the stack is"):
        ensure_bucket(FakeAccount(*AWS, s3=FakeS3(refusal("301", 301))), "mine")


def test_named_bucket_is_not_created() -> None:
    s3 = FakeS3(refusal("404", 404))
    with pytest.raises(AwsError, match="there is no bucket mine"):
        ensure_bucket(FakeAccount(*AWS, s3=s3), "mine")
    assert s3.calls == []


@pytest.mark.parametrize(
    ("region", "endpoint", "url"),
    [
        ("eu-west-1", None, "https://b.s3.eu-west-1.amazonaws.com/k"),
        ("cn-north-1", None, "https://b.s3.cn-north-1.amazonaws.com.cn/k"),
        ("eu-west-1", "http://127.0.0.1:4566/", "http://127.0.0.1:4566/b/k"),
    ],
)
def test_large_template_has_the_address_of_its_region(region: str, endpoint: str | None, url: str) -> None:
    s3 = FakeS3()
    account = FakeAccount(AWS[0], region, AWS[2], endpoint, s3=s3)
    assert put_template(account, "b", "k", b"{}") == url
    assert s3.calls == [
        ("put_object", {"Bucket": "b", "Key": "k", "Body": b"{}", "ExpectedBucketOwner": AWS[0]})
    ]


# --- parameters ---


def test_unknown_parameter_is_refused() -> None:
    assert parameter_values(TEMPLATE, ["Stage=a=b", "Pace=2"]) == {"Stage": "a=b", "Pace": "2"}
    with pytest.raises(UsageError, match=r"^the template has no parameter Place; it has: Pace, Stage$"):
        parameter_values(TEMPLATE, ["Place=1"])
    with pytest.raises(UsageError, match="expected KEY=VALUE"):
        parameter_values(TEMPLATE, ["Stage"])


# --- states of a stack ---


@pytest.mark.parametrize("status", sorted(STUCK))
def test_stack_that_accepts_no_change_set_says_what_to_do(status: str) -> None:
    with pytest.raises(DeployError) as error:
        deploy(FakeCloudFormation(status), name="x", template=TEMPLATE)  # type: ignore[arg-type]
    assert str(error.value) == f"stack x is in {status}: {STUCK[status]}"


def test_deployment_is_refused_during_another_one() -> None:
    busy: Any = FakeCloudFormation("UPDATE_IN_PROGRESS")
    with pytest.raises(DeployError, match="wait until that is done, then deploy again"):
        deploy(busy, name="x", template=TEMPLATE)
    with pytest.raises(DeployError, match="wait until that is done, then destroy it"):
        plan(busy, "x")


def test_template_refused_by_cloudformation_is_reported_in_its_words() -> None:
    refusing: Any = FakeCloudFormation(None)
    words = "Template format error: 'Type: S3' must be one of ['SQS', 'S3Bucket']"

    def refuse(**_arguments: Any) -> None:
        raise ClientError({"Error": {"Code": "ValidationError", "Message": words}}, "CreateChangeSet")

    refusing.create_change_set = refuse
    with pytest.raises(DeployError) as error:
        deploy(refusing, name="x", template=TEMPLATE)
    assert str(error.value) == f"CloudFormation refuses the template: {words}"


def test_protected_stack_is_not_deleted() -> None:
    protected: Any = FakeCloudFormation("CREATE_COMPLETE", EnableTerminationProtection=True)
    with pytest.raises(DeployError, match="--no-enable-termination-protection --stack-name x"):
        plan(protected, "x")


def test_missing_stack_is_named() -> None:
    with pytest.raises(NoSuchStack, match="there is no stack x in this account and region"):
        find(FakeCloudFormation(None), "x")  # type: ignore[arg-type]


# --- the question ---


def deployer(answer: str, *more: str, account: Account) -> tuple[command.Deployer, io.StringIO]:
    template = Path(__file__).parents[1] / "localcloud" / "notes" / "template.yaml"
    options = arguments.parser().parse_args(["deploy", str(template), "--stack", "x", *more])
    output = io.StringIO()
    console = Console(file=output, width=200)
    return command.Deployer(options, out=console, talk=console, confirm=lambda _: answer), output


@pytest.mark.parametrize("answer", ["", "n", "no", "yes please"])
def test_deployment_without_confirmation_changes_nothing(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = FakeAccount(*AWS)  # without S3: asking it would fail
    monkeypatch.setattr(command, "sign_in", lambda **_: account)
    created, messages = deployer(answer, account=account)
    with pytest.raises(command.Declined, match="nothing was done"):
        created.run()
    assert messages.getvalue() == f"account {AWS[0]}, region {AWS[1]}, as {AWS[2]}\n"


def test_deployment_without_a_terminal_needs_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "sign_in", lambda **_: FakeAccount(*AWS))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    template = Path(__file__).parents[1] / "localcloud" / "notes" / "template.yaml"
    assert command.main(["deploy", str(template), "--stack", "x"]) == 3
    assert "no terminal to confirm on: give --yes (make: YES=1)" in capsys.readouterr().err


def test_unreadable_template_exits_with_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "sign_in", lambda **_: FakeAccount(*AWS))
    assert command.main(["deploy", str(tmp_path / "none.yaml"), "--stack", "x", "--yes"]) == 2
    assert "none.yaml: cannot be read" in capsys.readouterr().err
