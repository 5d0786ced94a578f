"""How a template is sent: in the call as long as it fits, else by way of a bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest

from localcloud.stack.body import LARGEST_BODY, template_text, url_in_bucket
from localcloud.stack.template import Json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FRAME = len(template_text({"Description": ""}))


class Bucket:
    """What was put into a bucket."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, **request: object) -> None:
        self.objects[f"{request['Bucket']}/{request['Key']}"] = cast("bytes", request["Body"])


@pytest.mark.parametrize(("over", "uploads"), [(0, False), (1, True)])
def test_template_over_the_limit_is_uploaded(over: int, uploads: bool) -> None:
    template: dict[str, Json] = {"Description": "x" * (LARGEST_BODY - FRAME + over)}
    bucket = Bucket()
    url = url_in_bucket(cast("S3Client", bucket), "assets", template, "http://127.0.0.1:4566/")
    assert (url is not None) is uploads
    assert [f"http://127.0.0.1:4566/{key}" for key in bucket.objects] == [url] * uploads
    assert [json.loads(body) for body in bucket.objects.values()] == [template] * uploads
