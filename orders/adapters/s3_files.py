"""`Files` of one bucket, on boto3: what reads and writes whole files is in no hurry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orders.errors import FileReplaced

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Files:
    """Objects of a bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str, etag: str | None = None) -> bytes:
        """Read an object, if it is still that of ``etag``."""
        try:
            if etag is None:
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
            else:
                answer = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=etag)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("PreconditionFailed", "412"):
                raise FileReplaced from error
            raise
        return answer["Body"].read()

    def write(self, key: str, body: bytes, content_type: str) -> None:
        """Write an object."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)
