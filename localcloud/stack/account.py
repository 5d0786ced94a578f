"""Whose account, and which region: asked before anything is changed, by the standard AWS chain.

``AWS_ENDPOINT_URL`` on loopback is a local cloud: everything goes there, whatever a configuration
file says of single services, and neither credentials nor a region have to be there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, overload
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient


class EventBus(Protocol):
    """What is used of EventBridge."""

    def put_events(self, *, Entries: Sequence[Mapping[str, str]]) -> Mapping[str, int]:  # noqa: N803
        """Put events on the account's bus."""
        ...


_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SIGN_IN = "sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and its like"
_REFUSED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthFailure",
}
_FORBIDDEN = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}


class AwsError(Exception):
    """AWS could not be asked, or said no; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """An account and a region of it, and boto3 clients that go there."""

    number: str
    region: str
    caller: str
    """The ARN of the caller."""
    endpoint: str | None = None
    """Where a local cloud is; None on AWS."""
    session: boto3.session.Session = field(default_factory=boto3.session.Session, repr=False, compare=False)

    @property
    def is_local(self) -> bool:
        """Whether this is a local cloud's account: nothing here costs money or outlives the process."""
        return _is_loopback(self.endpoint)

    @overload
    def client(self, service: Literal["cloudformation"]) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["cognito-idp"]) -> CognitoIdentityProviderClient: ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> DynamoDBClient: ...
    @overload
    def client(self, service: Literal["events"]) -> EventBus: ...
    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...

    def client(self, service: str) -> object:
        """Return a boto3 client for ``service``."""
        return _client(self.session, service, self.endpoint)


def _is_loopback(endpoint: str | None) -> bool:
    return endpoint is not None and urlsplit(endpoint).hostname in _LOOPBACK


def _client(session: boto3.session.Session, service: str, endpoint: str | None) -> object:
    # Buckets have no host names of their own on loopback.
    config = Config(
        # A local cloud that does not answer is not running.
        retries={"max_attempts": 1 if _is_loopback(endpoint) else 8, "mode": "standard"},
        connect_timeout=10,
        s3={"addressing_style": "path" if endpoint else "auto"},
    )
    client: object = session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
    return client


def sign_in(
    *, region: str | None = None, profile: str | None = None, environment: Mapping[str, str] = os.environ
) -> Account:
    """Find credentials and region, and ask AWS whose they are.

    Parameters
    ----------
    region, profile
        Win over the environment and the configuration files.
    environment
        Where ``AWS_ENDPOINT_URL`` is looked up.

    Raises
    ------
    AwsError
        There are no credentials or no region, or AWS does not take them.
    """
    endpoint = environment.get("AWS_ENDPOINT_URL") or None
    local = _is_loopback(endpoint)
    with clear_errors():
        session = boto3.session.Session(
            region_name=region or environment.get("AWS_REGION"), profile_name=profile
        )
        if local and not (profile or environment.get("AWS_PROFILE") or environment.get("AWS_ACCESS_KEY_ID")):
            # The engine checks no signature: asking EC2's metadata service for a key would only take time.
            session = boto3.session.Session("local", "local", region_name=session.region_name or "us-east-1")
        if session.region_name is None:
            raise AwsError("no region: give --region (make: REGION=…), or set AWS_REGION")
        if session.get_credentials() is None:
            raise AwsError(f"no AWS credentials: {_SIGN_IN}")
        identity = _identity(session, endpoint)
    return Account(identity[0], session.region_name, identity[1], endpoint, session)


def _identity(session: boto3.session.Session, endpoint: str | None) -> tuple[str, str]:
    sts: STSClient = _client(session, "sts", endpoint)  # type: ignore[assignment]
    identity = sts.get_caller_identity()
    return identity["Account"], identity["Arn"]


@contextlib.contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what boto3 raises into an ``AwsError`` that says what to do.

    Examples
    --------
    >>> from botocore.exceptions import NoCredentialsError
    >>> with clear_errors():
    ...     raise NoCredentialsError()
    Traceback (most recent call last):
    localcloud.stack.account.AwsError: no AWS credentials: sign in ...
    """
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise AwsError(f"no AWS credentials: {_SIGN_IN}") from error
    except ProfileNotFound as error:
        raise AwsError(f"{error}: see `aws configure list-profiles`") from error
    except (SSOError, TokenRetrievalError) as error:
        raise AwsError(f"the AWS sign-in has ended ({error}): {_SIGN_IN}") from error
    except EndpointConnectionError as error:
        raise AwsError(
            f"{error} Is the region's name right, and the local cloud (AWS_ENDPOINT_URL) running?"
        ) from error
    except ClientError as error:
        raise AwsError(_message(error)) from error
    except (BotoCoreError, ConnectionError) as error:
        raise AwsError(f"AWS could not be asked: {error}") from error


def _message(error: ClientError) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "")
    if code in _REFUSED:
        return f"AWS does not take the credentials ({code}): {_SIGN_IN}"
    if code in _FORBIDDEN:
        return f"not allowed: {error.operation_name} ({message}). Ask for that right, or use another profile."
    return f"{error.operation_name} was refused ({code}): {message}"
