"""Signatures of what rules call: botocore makes the same."""

from __future__ import annotations

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys
from hypothesis import given
from hypothesis import strategies as st

from localcloud.aws import Credentials
from localcloud.deliveries.events.interfaces import WebRequest
from localcloud.deliveries.events.signatures import signed
from localcloud.deliveries.events.web import with_path, with_query

CREDENTIALS = Credentials("000000000000", "secret")


def authorization(request: WebRequest) -> str:
    return request.headers["Authorization"]


def by_botocore(request: WebRequest, stamp: str) -> str:
    """Return botocore's signature of the same request, host and date alone being signed."""
    other = AWSRequest(method=request.method, url=request.url, data=request.body, headers={})
    signer = SigV4Auth(Keys("000000000000", "secret"), "execute-api", "us-east-1")
    other.context["timestamp"] = stamp
    other.headers["X-Amz-Date"] = stamp
    canonical = signer.canonical_request(other)
    return str(signer.signature(signer.string_to_sign(other, canonical), other))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(texts, st.dictionaries(texts, texts, max_size=3))
def test_path_and_query_are_signed_as_by_botocore(value: str, query: dict[str, str]) -> None:
    url = with_query(with_path("http://127.0.0.1:4566/api1/v1/orders/*", [value or "x"]), {"a": "1", **query})
    request = signed(
        WebRequest("PUT", url, {}, b"body"), CREDENTIALS, service="execute-api", region="us-east-1", now=0
    )
    assert authorization(request).startswith("AWS4-HMAC-SHA256 Credential=000000000000/")
    signature = authorization(request).rpartition("Signature=")[2]
    assert signature == by_botocore(request, request.headers["X-Amz-Date"])


@pytest.mark.parametrize("path", ["/", "/graphql"])
def test_plain_path_is_signed_with_its_headers(path: str) -> None:
    sent = WebRequest("POST", f"http://127.0.0.1:4569{path}", {"Content-Type": "application/json"}, b"{}")
    request = signed(sent, CREDENTIALS, service="appsync", region="us-east-1", now=0)
    assert "SignedHeaders=content-type;host;x-amz-date" in authorization(request)
    assert request.headers["Content-Type"] == "application/json"
