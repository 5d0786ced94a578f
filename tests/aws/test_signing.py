"""Signatures, against botocore's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys
from hypothesis import given
from hypothesis import strategies as st

from localcloud.aws import Credentials
from localcloud.aws.signing import is_plain, signed

CREDENTIALS = Credentials("000000000000", "a secret")
NAMES = st.sampled_from(
    ["Content-Type", "X-Amz-Target", "accept", "User-Agent", "x-amz-content-sha256", "Expect", "X-Amz-Date"]
)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip)
PATHS = st.lists(st.text("abcXYZ019-_~", min_size=1, max_size=8), max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)


def by_botocore(method: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
    request = AWSRequest(method, f"http://127.0.0.1:4566{path}", headers=dict(headers), data=body)
    keys = Keys(CREDENTIALS.access_key_id, CREDENTIALS.secret_access_key)
    SigV4Auth(keys, "states", "eu-west-1").add_auth(request)
    return {str(name).lower(): str(value) for name, value in request.headers.items()}


@given(st.sampled_from(["GET", "POST", "PUT"]), PATHS, st.binary(max_size=50), st.dictionaries(NAMES, VALUES))
def test_signature_equals_that_of_botocore(
    method: str, path: str, body: bytes, headers: dict[str, str]
) -> None:
    expected = by_botocore(method, path, body, headers)
    moment = datetime.strptime(expected["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    result = signed(
        method,
        "127.0.0.1:4566",
        path,
        body,
        headers,
        credentials=CREDENTIALS,
        service="states",
        region="eu-west-1",
        now=moment.timestamp(),
    )
    assert {name.lower(): value for name, value in result.items()} == expected


def test_signature_has_the_current_time() -> None:
    result = signed("POST", "h", "/", b"", {}, credentials=CREDENTIALS, service="sqs", region="eu-west-1")
    moment = datetime.strptime(result["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 60


@pytest.mark.parametrize("path", ["", "a", "//", "/a//b", "/a%20b", "/a b", "/./a", "/a/..", "/\u00e9", "/?"])
def test_path_with_another_canonical_form_is_not_plain(path: str) -> None:
    assert not is_plain(path)
