"""Fill a bucket from a local folder, as is done by hand or by a pipeline before a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.stack.archives import walk

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def fill(s3: S3Client, bucket: str, folder: Path) -> None:
    """Create a bucket and upload the files below a folder, each by its path."""
    s3.create_bucket(Bucket=bucket)
    for key, path in walk(folder):
        s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
