"""Presigned forms and addresses of S3, signed here: boto3's client of S3 takes 300 ms of a cold start.

Sources of the protocol:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from orders.adapters.signing import Role, signing_key
from orders.imports.ports import Form

CSV = "text/csv"
_ALGORITHM = "AWS4-HMAC-SHA256"


def bucket_url(bucket: str, region: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return where a bucket is: a host of its own on AWS, a path where another address stands in for it.

    Examples
    --------
    >>> bucket_url("files", "eu-west-1", {})
    'https://files.s3.eu-west-1.amazonaws.com'
    >>> bucket_url("files", "eu-west-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    'http://127.0.0.1:4566/files'
    """
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        if environment.get(name):
            return f"{environment[name].rstrip('/')}/{bucket}"
    china = ".cn" if region.startswith("cn-") else ""
    return f"https://{bucket}.s3.{region}.amazonaws.com{china}"


class S3Forms:
    """`UploadForms` of one bucket.

    Parameters
    ----------
    bucket, region : str
        Whose objects.
    role : Role, optional
        Who signs; its session must last as long as what it signs.
    now : callable
        The clock.
    """

    def __init__(
        self,
        bucket: str,
        region: str,
        role: Role | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._bucket = bucket
        self._region = region
        self._role = role or Role()
        self._now = now
        self._url = bucket_url(bucket, region)

    def upload(self, key: str, size: int, *, seconds: int) -> Form:
        """Return a form that uploads a CSV of exactly ``size`` bytes to ``key``."""
        now = self._now()
        fields = {"key": key, "Content-Type": CSV, **self._authority(now)}
        conditions: list[object] = [{"bucket": self._bucket}]
        conditions += [{name: value} for name, value in fields.items()]
        conditions.append(["content-length-range", size, size])
        ends = (now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
        document = json.dumps({"expiration": ends, "conditions": conditions}, separators=(",", ":"))
        policy = base64.b64encode(document.encode()).decode()
        return Form(self._url, {**fields, "policy": policy, "x-amz-signature": self._signature(policy, now)})

    def download(self, key: str, file_name: str, *, seconds: int) -> str:
        """Return an address from which ``key`` is downloaded under the name ``file_name``."""
        now = self._now()
        parameters = {
            **{name.title(): value for name, value in self._authority(now).items()},
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
            "response-content-disposition": f'attachment; filename="{file_name}"',
        }
        query = "&".join(f"{name}={quote(parameters[name], safe='-_.~')}" for name in sorted(parameters))
        parts = urlsplit(f"{self._url}/{quote(key)}")
        request = f"GET\n{parts.path}\n{query}\nhost:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
        scope = parameters["X-Amz-Credential"].partition("/")[2]
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"{_ALGORITHM}\n{parameters['X-Amz-Date']}\n{scope}\n{digest}"
        return f"{parts.geturl()}?{query}&X-Amz-Signature={self._signature(text, now)}"

    def _authority(self, now: datetime) -> dict[str, str]:
        """Return who signs, and when."""
        keys = self._role.credentials().get_frozen_credentials()
        scope = f"{now:%Y%m%d}/{self._region}/s3/aws4_request"
        fields = {
            "x-amz-algorithm": _ALGORITHM,
            "x-amz-credential": f"{keys.access_key}/{scope}",
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
        }
        return fields | ({"x-amz-security-token": keys.token} if keys.token else {})

    def _signature(self, text: str, now: datetime) -> str:
        secret = self._role.credentials().get_frozen_credentials().secret_key or ""
        key = signing_key(secret, f"{now:%Y%m%d}", self._region, "s3")
        return hmac.digest(key, text.encode(), "sha256").hex()
