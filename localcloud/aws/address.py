"""Where the engine is and how to talk to it: one address, one set of credentials, boto3 clients."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, overload

from localcloud.preload.variables import preloading

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_appsync import AppSyncClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

    from localcloud.aws.stores import ParameterStore, SecretStore


@dataclass(frozen=True)
class Credentials:
    """An access key of the local account, or of a role's session. No secret ever appears in a ``repr``."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def new_credentials(account: str) -> Credentials:
    """Make an administrator's key for the local account.

    The engine takes a 12-digit access key id for the account's number, so the key id *is* the
    account; the secret is fresh at every start, because the data plane really verifies signatures.
    """
    return Credentials(access_key_id=account, secret_access_key=secrets.token_urlsafe(30))


@dataclass(frozen=True)
class EngineAddress:
    """The engine's endpoint, and whom its callers are.

    Attributes
    ----------
    xray
        Where the X-Ray daemon is, ``HOST:PORT``; empty where there is none.
    proxy
        Where AWS's own addresses lead, ``HOST:PORT``; empty where they do not.

    Examples
    --------
    >>> engine = EngineAddress("http://127.0.0.1:4566", "us-east-1", "000000000000",
    ...                        Credentials("000000000000", "secret"))
    >>> engine.environment()["AWS_ENDPOINT_URL"]
    'http://127.0.0.1:4566'
    """

    endpoint: str
    region: str
    account: str
    credentials: Credentials
    xray: str = ""
    proxy: str = ""

    def environment(self) -> dict[str, str]:
        """Return the environment variables that send any AWS SDK to the engine.

        Step Functions' StartSyncExecution and TestState go to ``sync-`` and the host on AWS; on
        loopback there is no such host, so that clients have to leave the prefix out.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            **({"AWS_XRAY_DAEMON_ADDRESS": self.xray} if self.xray else {}),
        }

    def inherited(self) -> dict[str, str]:
        """Return our own environment, changed so that commands reach the engine and nothing else of AWS.

        A profile, a session's token or the endpoint of a single service in the user's environment would lead
        a deployment to an account that was never meant.
        """
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**ours, **self.environment(), **preloading(self.proxy, ours)}

    def signed(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, service: str, region: str
    ) -> dict[str, str]:
        """Return the headers of a request with those of a SigV4 signature by the local account's key."""
        # Only here, where it is needed, as below.
        from botocore.auth import SigV4Auth  # noqa: PLC0415
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.credentials import Credentials as Keys  # noqa: PLC0415

        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        ours = self.credentials
        keys = Keys(ours.access_key_id, ours.secret_access_key, ours.session_token)
        SigV4Auth(keys, service, region).add_auth(request)
        return {str(name): str(value) for name, value in request.headers.items()}

    @overload
    def client(self, service: Literal["apigateway"]) -> APIGatewayClient: ...
    @overload
    def client(self, service: Literal["apigatewayv2"]) -> ApiGatewayV2Client: ...
    @overload
    def client(self, service: Literal["appsync"]) -> AppSyncClient: ...
    @overload
    def client(self, service: Literal["cloudformation"]) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["cognito-idp"]) -> CognitoIdentityProviderClient: ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> DynamoDBClient: ...
    @overload
    def client(self, service: Literal["dynamodbstreams"]) -> DynamoDBStreamsClient: ...
    @overload
    def client(self, service: Literal["events"]) -> EventBridgeClient: ...
    @overload
    def client(self, service: Literal["kinesis"]) -> KinesisClient: ...
    @overload
    def client(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["sns"]) -> SNSClient: ...
    @overload
    def client(self, service: Literal["sqs"]) -> SQSClient: ...
    @overload
    def client(self, service: Literal["secretsmanager"]) -> SecretStore: ...
    @overload
    def client(self, service: Literal["ssm"]) -> ParameterStore: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...

    def client(self, service: str) -> object:
        """Return a client for ``service`` at the engine, as boto3 makes it but for S3's file transfers.

        Each call makes its own session: botocore's sessions are not thread-safe, clients are.
        """
        # Only here, where it is needed: it takes a quarter of a second and 10 MB to load.
        import botocore.session  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        session = botocore.session.get_session()
        session.register_component("data_loader", _models())
        config = Config(
            retries={"max_attempts": 3, "mode": "standard"},
            max_pool_connections=32,
            s3={"addressing_style": "path"},
            # Else StartSyncExecution goes to sync-127.0.0.1, which no resolver knows.
            inject_host_prefix=False,
            # A long poll lasts 20 s; anything beyond that is an engine that hangs.
            read_timeout=60,
            connect_timeout=5,
        )
        client: object = session.create_client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.credentials.access_key_id,
            aws_secret_access_key=self.credentials.secret_access_key,
            config=config,
        )
        return client


@lru_cache(maxsize=1)
def _models() -> Loader:
    """Return what reads botocore's files, shared by all sessions.

    Every session reads the 1.2 MB of ``endpoints.json`` for itself otherwise: 60 ms a client. A client keeps
    them, as 7 MB, although its address is given: so only S3's stay, by which botocore chooses a signature.
    """
    from botocore.loaders import create_loader  # noqa: PLC0415

    loader = create_loader()
    endpoints, _path = loader.load_data_with_path("endpoints")
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in ("s3",) if name in services}
    return loader


def forget_models() -> None:
    """Let go of the service models of clients that are gone; a later client reads its own again."""
    _models.cache_clear()
