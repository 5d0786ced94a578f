"""The bucket that CloudFormation reads artefacts from: one per account and region, made when missing.

It lies outside of every stack, since stacks are created from it, and it stays when they go.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from localcloud.stack.account import Account, AwsError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# CloudFormation reads an artefact again when it takes an update back, so this is also for how long
# after a deployment the next one can be undone.
KEEP_DAYS = 365


def bucket_name(account: Account) -> str:
    """Return the name: bucket names are shared by everybody, so it holds whose it is.

    Examples
    --------
    >>> bucket_name(Account("123456789012", "eu-west-1", "arn:aws:iam::123456789012:user/ada"))
    'stack-artefacts-123456789012-eu-west-1'
    """
    return f"stack-artefacts-{account.number}-{account.region}"


def ensure_bucket(account: Account, name: str | None = None) -> tuple[str, bool]:
    """Create the bucket if it is missing; return its name, and whether it was created.

    Parameters
    ----------
    name
        A bucket of one's own: it is used as it is, and must exist.

    Raises
    ------
    AwsError
        It belongs to another account (its name can be guessed), or it was named and does not exist.
    """
    s3, bucket = account.client("s3"), name or bucket_name(account)
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account.number)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 403:
            raise AwsError(
                f"the bucket {bucket} belongs to another account, or you may not use it: "
                "nothing is uploaded there; give one of your own with --bucket"
            ) from error
        if status == 301:
            raise AwsError(f"the bucket {bucket} is not in {account.region}, where the stack is") from error
        if status != 404:
            raise
        if name:
            raise AwsError(f"there is no bucket {name}: make it first, or leave --bucket out") from error
        _make(s3, bucket, account.region)
        return bucket, True
    return bucket, False


def _make(s3: S3Client, name: str, region: str) -> None:
    where: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(
        Bucket=name,
        ObjectOwnership="BucketOwnerEnforced",
        # The one region that refuses to be named.
        **({} if region == "us-east-1" else where),
    )
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "old-artefacts",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": KEEP_DAYS},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
    )
    insecure = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [insecure]}))


def object_url(account: Account, bucket: str, key: str) -> str:
    """Return the address of an object, as CloudFormation wants a ``TemplateURL``."""
    if account.endpoint:
        return f"{account.endpoint.rstrip('/')}/{bucket}/{key}"
    suffix = "amazonaws.com.cn" if account.region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{account.region}.{suffix}/{key}"


def put_template(account: Account, bucket: str, key: str, body: bytes) -> str:
    """Upload a template that is too large to be sent in the call; return its ``TemplateURL``."""
    s3 = account.client("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=body, ExpectedBucketOwner=account.number)
    return object_url(account, bucket, key)
