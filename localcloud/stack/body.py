"""How a template is sent: in the call, or by way of a bucket when it is too large for that."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from localcloud.stack.template import Json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST_BODY = 51_200
"""Bytes of a template that AWS takes in the call."""
LARGEST_TEMPLATE = 1_000_000
"""Bytes of a template that AWS reads from a bucket."""


def template_text(template: dict[str, Json]) -> str:
    """Return a template as it is sent: without spaces, so that some 7 % more need no bucket."""
    return json.dumps(template, separators=(",", ":"))


def url_in_bucket(s3: S3Client, bucket: str, template: dict[str, Json], address: str) -> str | None:
    """Upload a template that is too large for the call, and return its ``TemplateURL``; None if it is not.

    Parameters
    ----------
    address
        Where the bucket is reached by its name in the path, such as an engine's address.
    """
    body = template_text(template).encode()
    if len(body) <= LARGEST_BODY:
        return None
    key = f"{hashlib.sha256(body).hexdigest()[:32]}.template.json"
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    return f"{address.rstrip('/')}/{bucket}/{key}"
