"""The addresses that boto3 does not put together for us."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit


def endpoint_for(domain_name: str, stage: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the address of an API's ``@connections``, from an event's ``requestContext``.

    API Gateway speaks TLS. Where ``AWS_ENDPOINT_URL`` stands in for AWS, its scheme does too.

    Examples
    --------
    >>> endpoint_for("abc123.execute-api.eu-west-1.amazonaws.com", "api", {})
    'https://abc123.execute-api.eu-west-1.amazonaws.com/api'
    >>> endpoint_for("127.0.0.1:8123", "api", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    'http://127.0.0.1:8123/api'
    """
    return f"{_scheme(environment)}://{domain_name}/{stage}"


def events_endpoint(host: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return where events are published on an Event API, whose attributes name its host alone.

    Examples
    --------
    >>> events_endpoint("abc.appsync-api.eu-west-1.amazonaws.com", {})
    'https://abc.appsync-api.eu-west-1.amazonaws.com/event'
    >>> events_endpoint("127.0.0.1:8123", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    'http://127.0.0.1:8123/event'
    """
    return f"{_scheme(environment)}://{host}/event"


def dynamodb_endpoint(region: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return where a region's DynamoDB is, by the variables that boto3 goes by.

    Examples
    --------
    >>> dynamodb_endpoint("eu-west-1", {})
    'https://dynamodb.eu-west-1.amazonaws.com'
    >>> dynamodb_endpoint("eu-west-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    'http://127.0.0.1:4566'
    """
    return service_endpoint("dynamodb", region, environment)


def service_endpoint(service: str, region: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return where a region's service is, by the variables that boto3 goes by.

    Parameters
    ----------
    service : str
        As in the host's name, such as ``sns``.

    Examples
    --------
    >>> service_endpoint("sns", "eu-west-1", {})
    'https://sns.eu-west-1.amazonaws.com'
    >>> service_endpoint("secretsmanager", "eu-west-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    'http://127.0.0.1:4566'
    """
    # botocore's service ids, where they are more than the name in capitals.
    variable = {"secretsmanager": "SECRETS_MANAGER"}.get(service, service.upper())
    for name in (f"AWS_ENDPOINT_URL_{variable}", "AWS_ENDPOINT_URL"):
        if environment.get(name):
            return environment[name]
    china = ".cn" if region.startswith("cn-") else ""
    return f"https://{service}.{region}.amazonaws.com{china}"


def user_pool_issuer(arn: str) -> str:
    """Return what the tokens of a user pool name as their issuer.

    Examples
    --------
    >>> user_pool_issuer("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbC")
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC'
    """
    partition, _, region, _, resource = arn.split(":", 5)[1:]
    china = ".cn" if partition == "aws-cn" else ""
    return f"https://cognito-idp.{region}.amazonaws.com{china}/{resource.removeprefix('userpool/')}"


def _scheme(environment: Mapping[str, str]) -> str:
    """Return AWS's scheme, or that of what stands in for AWS."""
    return urlsplit(environment.get("AWS_ENDPOINT_URL", "")).scheme or "https"


def iot_data_endpoint(host: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return where AWS IoT's HTTP data plane is, by the variables that boto3 goes by.

    Examples
    --------
    >>> iot_data_endpoint("data-ats.iot.eu-west-1.amazonaws.com", {})
    'https://data-ats.iot.eu-west-1.amazonaws.com'
    >>> iot_data_endpoint("data-ats.iot.eu-west-1.amazonaws.com", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    'http://127.0.0.1:4566'
    """
    for name in ("AWS_ENDPOINT_URL_IOT_DATA_PLANE", "AWS_ENDPOINT_URL"):
        if environment.get(name):
            return environment[name]
    return f"https://{host}"


def user_pool_keys(issuer: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return where the keys of a user pool are, whose tokens carry ``issuer``.

    Examples
    --------
    >>> user_pool_keys("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1", {})
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1/.well-known/jwks.json'
    >>> user_pool_keys("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1",
    ...                {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    'http://127.0.0.1:4566/eu-west-1_Ab1/.well-known/jwks.json'
    """
    for name in ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"):
        if environment.get(name):
            issuer = f"{environment[name].rstrip('/')}/{issuer.rpartition('/')[2]}"
            break
    return f"{issuer}/.well-known/jwks.json"
