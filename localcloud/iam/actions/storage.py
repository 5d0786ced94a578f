"""S3: from a request's method and sub-resource to the action.

Source: "Required permissions for Amazon S3 API operations" in the S3 user guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from localcloud.iam.actions.call import ApiCall, Lookups, Need
from localcloud.iam.conditions import Context, Value

_KEY: Final = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
# Sub-resources of an object and of a bucket: what GET, PUT and DELETE of each need.
_OBJECT: Final = {
    "acl": ("GetObjectAcl", "PutObjectAcl", ""),
    "tagging": ("GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"),
    "retention": ("GetObjectRetention", "PutObjectRetention", ""),
    "legal-hold": ("GetObjectLegalHold", "PutObjectLegalHold", ""),
    "attributes": ("GetObjectAttributes", "", ""),
    "torrent": ("GetObjectTorrent", "", ""),
}
_BUCKET: Final = {
    "acl": ("GetBucketAcl", "PutBucketAcl", ""),
    "policy": ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"),
    "policyStatus": ("GetBucketPolicyStatus", "", ""),
    "tagging": ("GetBucketTagging", "PutBucketTagging", "PutBucketTagging"),
    "cors": ("GetBucketCORS", "PutBucketCORS", "PutBucketCORS"),
    "lifecycle": ("GetLifecycleConfiguration", "PutLifecycleConfiguration", "PutLifecycleConfiguration"),
    "versioning": ("GetBucketVersioning", "PutBucketVersioning", ""),
    "location": ("GetBucketLocation", "", ""),
    "logging": ("GetBucketLogging", "PutBucketLogging", ""),
    "notification": ("GetBucketNotification", "PutBucketNotification", ""),
    "website": ("GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite"),
    "encryption": ("GetEncryptionConfiguration", "PutEncryptionConfiguration", "PutEncryptionConfiguration"),
    "publicAccessBlock": (
        *("GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ),
    "ownershipControls": (
        *("GetBucketOwnershipControls", "PutBucketOwnershipControls", "PutBucketOwnershipControls"),
    ),
    "replication": (
        "GetReplicationConfiguration",
        "PutReplicationConfiguration",
        "PutReplicationConfiguration",
    ),
    "object-lock": ("GetBucketObjectLockConfiguration", "PutBucketObjectLockConfiguration", ""),
    "versions": ("ListBucketVersions", "", ""),
    "uploads": ("ListBucketMultipartUploads", "", ""),
}
_VERBS: Final = {"GET": 0, "HEAD": 0, "PUT": 1, "POST": 1, "DELETE": 2}
_VERSIONED: Final = ("GetObject", "DeleteObject", "GetObjectAcl", "GetObjectTagging", "PutObjectTagging")


def s3(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a request of S3 needs."""
    bucket, _, key = unquote(call.path).lstrip("/").partition("/")
    if not bucket:
        return (Need("s3:ListAllMyBuckets", "*"),)
    resource = f"arn:aws:s3:::{bucket}"
    if key:
        return tuple(_object_needs(call, f"{resource}/{key}"))
    if call.method == "POST" and "delete" in call.parameters:
        keys = [unescape(match.decode("utf-8", "replace")) for match in _KEY.findall(call.body)]
        return tuple(Need("s3:DeleteObject", f"{resource}/{name}") for name in keys)
    action = _sub(call, _BUCKET) or {
        "PUT": "CreateBucket",
        "DELETE": "DeleteBucket",
        "POST": "PutObject",  # a browser's form; what it uploads is in its policy
    }.get(call.method, "ListBucket")
    return (Need(f"s3:{action}", resource, lambda: _listing(call)),)


def _object_needs(call: ApiCall, resource: str) -> list[Need]:
    action = _object_action(call)
    needs = [Need(f"s3:{action}", resource, lambda: _writing(call))]
    source = unquote(call.headers.get("x-amz-copy-source", "")).lstrip("/").partition("?versionId=")
    if call.method == "PUT" and source[0]:
        read = "s3:GetObjectVersion" if source[2] else "s3:GetObject"
        needs.append(Need(read, f"arn:aws:s3:::{source[0]}"))
    if call.method == "PUT" and call.headers.get("x-amz-tagging"):
        needs.append(Need("s3:PutObjectTagging", resource))
    return needs


def _object_action(call: ApiCall) -> str:
    parameters = call.parameters
    if "uploadId" in parameters:
        return {"DELETE": "AbortMultipartUpload", "GET": "ListMultipartUploadParts"}.get(
            call.method, "PutObject"
        )
    if call.method == "POST" and "restore" in parameters:
        return "RestoreObject"
    usual = {"GET": "GetObject", "HEAD": "GetObject", "DELETE": "DeleteObject"}.get(call.method, "PutObject")
    action = _sub(call, _OBJECT) or usual
    if "versionId" in parameters and action in _VERSIONED:
        return action.replace("Object", "ObjectVersion")
    return action


def _sub(call: ApiCall, table: Mapping[str, tuple[str, ...]]) -> str:
    verb = _VERBS.get(call.method, 0)
    return next((actions[verb] for name, actions in table.items() if name in call.parameters), "")


def _listing(call: ApiCall) -> Context:
    names = ("prefix", "delimiter", "max-keys")
    return {f"s3:{name}": call.parameters[name] for name in names if name in call.parameters}


def _writing(call: ApiCall) -> Context:
    values: dict[str, Value] = {
        f"s3:{name}": value
        for name, value in call.headers.items()
        if name.startswith(
            ("x-amz-acl", "x-amz-grant-", "x-amz-server-side-encryption", "x-amz-storage-class")
        )
    }
    if "versionId" in call.parameters:
        values["s3:versionid"] = call.parameters["versionId"]
    return values
