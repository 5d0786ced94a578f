"""S3: signed addresses hold for what was signed, and for as long as they say."""

from __future__ import annotations

import hashlib
import http.client
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config

from localcloud.auth.session_keys import session_keys
from localcloud.engine.mends.s3_signatures import PresignedRefused, check_headers, check_time
from tests.engine.world import ACCOUNT, REGION, SECRET, World, wait_until

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def s3(world: World, version: str = "s3v4", **credentials: str) -> Any:
    """Return a client that signs addresses in one version, for the account or for a stranger."""
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": SECRET, **credentials}
    session: Any = boto3.session.Session(region_name=REGION, **keys)
    config = Config(signature_version=version, s3={"addressing_style": "path"})
    return session.client("s3", endpoint_url=world.endpoint, config=config)


def bucket(world: World) -> str:
    name = world.name("bucket")
    world.client("s3").create_bucket(Bucket=name)
    world.client("s3").put_object(Bucket=name, Key="a b/c.txt", Body=b"content")
    return name


def ask(method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def code(answer: tuple[int, bytes]) -> tuple[int, str | None]:
    return answer[0], ElementTree.fromstring(answer[1]).findtext("Code")


def signed(client: Any, operation: str, name: str, expires: int = 60, **parameters: Any) -> str:
    key = {"Bucket": name, "Key": "a b/c.txt", **parameters}
    url: str = client.generate_presigned_url(operation, Params=key, ExpiresIn=expires)
    return url


def check_presigned(world: World) -> None:
    name = bucket(world)
    for version in ("s3v4", "s3"):
        client = s3(world, version)
        get = signed(client, "get_object", name)
        assert ask("GET", get) == (200, b"content")
        assert code(ask("GET", get.replace("c.txt", "d.txt"))) == (403, "SignatureDoesNotMatch")
        assert code(ask("DELETE", get)) == (403, "SignatureDoesNotMatch")
        other = s3(world, version, aws_secret_access_key="other")
        assert code(ask("PUT", signed(other, "put_object", name), b"forged")) == (
            403,
            "SignatureDoesNotMatch",
        )
        assert ask("GET", get) == (200, b"content")
        assert ask("PUT", signed(client, "put_object", name), b"content")[0] == 200


def test_presigned_address_serves_its_own_request_alone(world: World) -> None:
    check_presigned(world)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_expired_address_is_refused(world: World, version: str) -> None:
    name = bucket(world)
    expired = signed(s3(world, version), "put_object", name, expires=1)
    answer = wait_until(lambda: (late := ask("PUT", expired, b"late"))[0] != 200 and late)
    assert code(answer) == (403, "AccessDenied")
    document = ElementTree.fromstring(answer[1])
    assert document.findtext("Message") == "Request has expired"
    assert document.findtext("ServerTime")


def test_signed_header_is_required_and_amz_header_must_be_signed(world: World) -> None:
    name = bucket(world)
    url = signed(s3(world), "put_object", name, ContentType="text/plain")
    assert ask("PUT", url, b"x", {"Content-Type": "text/plain"})[0] == 200
    assert code(ask("PUT", url, b"x", {"Content-Type": "text/html"})) == (403, "SignatureDoesNotMatch")
    added = {"Content-Type": "text/plain", "x-amz-acl": "public-read"}
    assert code(ask("PUT", url, b"x", added)) == (403, "AccessDenied")


def test_changed_parameter_is_refused(world: World) -> None:
    name = bucket(world)
    url = signed(s3(world), "get_object", name, ResponseContentType="text/plain")
    assert ask("GET", url)[0] == 200
    assert code(ask("GET", url.replace("text%2Fplain", "text%2Fhtml"))) == (403, "SignatureDoesNotMatch")
    assert code(ask("GET", url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"))) == (
        403,
        "SignatureDoesNotMatch",
    )


def test_session_of_a_function_signs_with_its_own_secret_and_token(world: World) -> None:
    name = bucket(world)
    key = "ASIA2222222222222222"
    keys = session_keys(SECRET, key)
    client = s3(
        world,
        aws_access_key_id=key,
        aws_secret_access_key=keys.secret_access_key,
        aws_session_token=keys.session_token,
    )
    assert ask("GET", signed(client, "get_object", name)) == (200, b"content")
    tokenless = s3(world, aws_access_key_id=key, aws_secret_access_key=keys.secret_access_key)
    assert ask("GET", signed(tokenless, "get_object", name))[0] in {400, 403}


def test_unknown_key_is_refused(world: World) -> None:
    name = bucket(world)
    url = signed(s3(world, aws_access_key_id="AKIA2222222222222222"), "get_object", name)
    assert code(ask("GET", url)) == (403, "InvalidAccessKeyId")


def test_signed_content_is_verified(world: World) -> None:
    name = bucket(world)
    url = signed(s3(world), "get_object", name)
    wrong = {"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()}
    assert ask("GET", url, headers=wrong)[0] in {400, 403}


@pytest.mark.parametrize(
    ("stamp", "expires", "reason"),
    [
        ("yesterday", "60", "ISO8601"),
        ("20260101T000000Z", "-1", "non-negative"),
        ("20260101T000000Z", "soon", "a number"),
        ("20260101T000000Z", "604801", "a week"),
        ("20260101T000000Z", "9" * 30, "a week"),
        ("20260101T010000Z", "60", "not yet valid"),
        ("20251231T235800Z", "60", "has expired"),
    ],
)
def test_invalid_time_is_refused(stamp: str, expires: str, reason: str) -> None:
    with pytest.raises(PresignedRefused, match=reason):
        check_time(stamp, expires, NOW)


def test_address_is_valid_to_its_last_second() -> None:
    check_time("20260101T000000Z", "60", NOW + timedelta(seconds=60))
    with pytest.raises(PresignedRefused):
        check_time("20260101T000000Z", "60", NOW + timedelta(seconds=61))


def test_amz_headers_must_be_signed() -> None:
    check_headers({"host": "a", "x-amz-meta-a": "b"}, "host;x-amz-meta-a")
    with pytest.raises(PresignedRefused) as refused:
        check_headers({"host": "a", "x-amz-meta-a": "b"}, "host")
    assert refused.value.extra == {"HeadersNotSigned": "x-amz-meta-a"}


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_virtual_hosted_address_is_valid(world: World, version: str) -> None:
    name = bucket(world)
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": SECRET}
    session: Any = boto3.session.Session(region_name=REGION, **keys)
    config = Config(signature_version=version, s3={"addressing_style": "virtual"})
    parts = urlsplit(signed(session.client("s3", config=config), "get_object", name))
    assert parts.netloc.startswith(f"{name}.s3.")
    here = f"{world.endpoint}{parts.path}?{parts.query}"
    assert ask("GET", here, headers={"Host": parts.netloc}) == (200, b"content")
    other = here.replace("c.txt", "d.txt")
    assert code(ask("GET", other, headers={"Host": parts.netloc})) == (403, "SignatureDoesNotMatch")
