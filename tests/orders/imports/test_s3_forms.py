"""Forms and addresses that are signed here, against botocore's."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config

from orders.adapters.s3_forms import S3Forms, bucket_url
from orders.adapters.signing import Keys, Role, signing_key

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def botocore_s3() -> Any:
    session = boto3.session.Session("key", "secret", "token", region_name="eu-west-1")
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    return session.client("s3", config=config)


@pytest.fixture
def forms() -> S3Forms:
    return S3Forms("files", "eu-west-1", Role(Keys("key", "secret", "token")), now=lambda: NOW)


def test_form_allows_one_key_one_type_and_one_size(forms: S3Forms) -> None:
    form = forms.upload("imports/ada/1.csv", 120, seconds=900)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert policy["expiration"] == "2026-11-30T12:15:00Z"
    conditions = policy["conditions"]
    assert {"bucket": "files"} in conditions
    assert {"key": "imports/ada/1.csv"} in conditions
    assert {"Content-Type": "text/csv"} in conditions
    assert ["content-length-range", 120, 120] in conditions
    named = {name for condition in conditions if isinstance(condition, dict) for name in condition}
    # S3 refuses a field that the policy does not name.
    assert set(form.fields) - {"policy", "x-amz-signature"} == named - {"bucket"}


def test_form_signature_equals_that_of_botocore(botocore_s3: Any) -> None:
    theirs = botocore_s3.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": "files",
            "Key": "reports/ada/1.csv",
            "ResponseContentDisposition": 'attachment; filename="import.csv"',
        },
        ExpiresIn=3600,
    )
    [at] = parse_qs(urlsplit(theirs).query)["X-Amz-Date"]
    now = datetime.strptime(at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    forms = S3Forms("files", "eu-west-1", Role(Keys("key", "secret", "token")), now=lambda: now)
    ours = forms.download("reports/ada/1.csv", "import.csv", seconds=3600)
    assert urlsplit(ours)[:3] == urlsplit(theirs)[:3]
    assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(theirs).query)
    form = botocore_s3.generate_presigned_post("files", "imports/ada/1.csv")["fields"]
    at = form["x-amz-date"]
    key = signing_key("secret", at[:8], "eu-west-1", "s3")
    signature = hmac.digest(key, form["policy"].encode(), "sha256").hex()
    assert form["x-amz-signature"] == signature


def test_bucket_address_follows_its_region() -> None:
    assert bucket_url("files", "cn-north-1", {}) == "https://files.s3.cn-north-1.amazonaws.com.cn"
