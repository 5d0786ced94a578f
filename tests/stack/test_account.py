"""Whose account it is, and what is said when nobody can tell."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    UnauthorizedSSOTokenError,
)

from localcloud.stack.account import Account, AwsError, clear_errors, sign_in
from localcloud.stack.bucket import bucket_name

AWS = Account("123456789012", "eu-west-1", "arn:aws:iam::123456789012:user/ada")


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a sign of AWS; nothing in here may open a connection to it."""
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


@pytest.mark.usefixtures("nowhere")
def test_missing_region_says_how_to_give_one() -> None:
    with pytest.raises(AwsError, match=r"^no region: give --region \(make: REGION=…\), or set AWS_REGION$"):
        sign_in(environment={})


@pytest.mark.usefixtures("nowhere")
def test_missing_credentials_say_how_to_sign_in() -> None:
    with pytest.raises(AwsError, match=r"^no AWS credentials: sign in \(`aws sso login`"):
        sign_in(region="eu-west-1", environment={})


@pytest.mark.usefixtures("nowhere")
def test_unknown_profile_is_named() -> None:
    with pytest.raises(AwsError, match=r"profile \(other\) could not be found"):
        sign_in(region="eu-west-1", profile="other", environment={})


@pytest.mark.usefixtures("nowhere")
def test_unreachable_local_cloud_is_named() -> None:
    with pytest.raises(
        AwsError, match=r"http://127\.0\.0\.1:9.*the local cloud \(AWS_ENDPOINT_URL\) running"
    ):
        sign_in(environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})


@pytest.mark.parametrize(
    ("endpoint", "local"),
    [
        (None, False),
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("http://[::1]:4566", True),
        ("https://vpce-1.cloudformation.eu-west-1.vpce.amazonaws.com", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_loopback_endpoint_alone_is_a_local_cloud(endpoint: str | None, local: bool) -> None:
    assert Account("1", "eu-west-1", "arn", endpoint).is_local is local


def refused(code: str, message: str = "m") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateChangeSet")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NoCredentialsError(), "no AWS credentials: sign in"),
        (UnauthorizedSSOTokenError(), "the AWS sign-in has ended"),
        (EndpointConnectionError(endpoint_url="https://sts.nowhere"), "Is the region's name right"),
        (ReadTimeoutError(endpoint_url="https://sts"), "AWS could not be asked: Read timeout"),
        (refused("ExpiredToken"), "AWS does not take the credentials (ExpiredToken): sign in"),
        (refused("AccessDenied", "User x may not"), "not allowed: CreateChangeSet (User x may not). Ask for"),
        (refused("LimitExceeded", "too many"), "CreateChangeSet was refused (LimitExceeded): too many"),
    ],
)
def test_boto3_error_becomes_advice(error: Exception, expected: str) -> None:
    with pytest.raises(AwsError) as raised, clear_errors():
        raise error
    assert str(raised.value).startswith(expected) or expected in str(raised.value)


def test_bucket_name_is_within_63_characters() -> None:
    longest = Account("123456789012", "ap-southeast-1", "arn")
    assert len(bucket_name(longest)) <= 63
    assert bucket_name(AWS) == "stack-artefacts-123456789012-eu-west-1"
