"""Which object of S3 a property of a template names, as far as that is known before the stack is there.

A location may be an address, a mapping of bucket and key, or a function that yields one. What a function
comes to only once the stack is there is a gap in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from localcloud.stack.document import Json
from localcloud.stack.language import Literals, Unresolved

GAP: Final = "\0"
ASSETS_OF_CDK: Final = "cdk-assets"
ASSET_PARAMETER: Final = re.compile(r"AssetParameters([0-9a-f]{64})(S3Bucket|S3VersionKey|ArtifactHash)")
_HASHED: Final = re.compile(r"[0-9a-f]{64}\.\w+")
_VARIABLE: Final = re.compile(r"\$\{([^!}][^}]*)\}")
_ADDRESS: Final = re.compile(r"https?://([^/]*)/(.*)", re.DOTALL)


@dataclass(frozen=True)
class RemoteObject:
    """An object in a bucket, with gaps where the names are not known.

    Examples
    --------
    >>> RemoteObject("media", f"{GAP}/templates/schema.graphql").path
    ('templates', 'schema.graphql')
    >>> RemoteObject("media", f"schema-{GAP}.graphql").path
    ()
    """

    bucket: str
    key: str

    @property
    def path(self) -> tuple[str, ...]:
        """The parts of the key behind the last gap; none where the last part has one."""
        parts = self.key.split("/")
        gaps = [number for number, part in enumerate(parts) if GAP in part]
        return tuple(part for part in (parts[gaps[-1] + 1 :] if gaps else parts) if part)

    def __str__(self) -> str:
        """Return the address, gaps as dots."""
        return f"s3://{self.bucket}/{self.key}".replace(GAP, "…")


def remote_object(value: Json, literals: Literals) -> RemoteObject | None:
    """Return the object that a property names; None for a local path, and where nothing is known.

    Examples
    --------
    >>> template = {"Parameters": {"Bucket": {"Type": "String", "Default": "media"}}}
    >>> str(remote_object({"Fn::Sub": "s3://${Bucket}/${Prefix}/a.js"}, Literals(template, {})))
    's3://media/…/a.js'
    >>> remote_object("a.js", Literals({}, {}))
    """
    match value:
        case {"S3Bucket": _, "S3Key": _} if asset := cdk_asset(value):
            return asset
        case {"S3Bucket": bucket, "S3Key": key} | {"Bucket": bucket, "Key": key}:
            return RemoteObject(spelled(bucket, literals), spelled(key, literals))
        case {"Bucket": _} | {"S3Bucket": _} | {"ZipFile": _} | {"ImageUri": _}:
            return None
    text = spelled(value, literals)
    if text.startswith("s3://"):
        bucket, _, key = text.removeprefix("s3://").partition("/")
        return RemoteObject(bucket, key)
    address = _ADDRESS.fullmatch(text)
    if address is not None:
        return _at(address[1], address[2])
    _, separator, key = text.partition("/")
    return RemoteObject(GAP, key) if text.startswith(GAP) and separator else None


def cdk_asset(value: Json) -> RemoteObject | None:
    """Return the asset of CDK that a property names; None for anything else.

    CDK 1 names one by parameters that its deployment fills, CDK 2 by the hash alone; on disk the asset is
    ``asset.HASH`` in both.

    Examples
    --------
    >>> name = f"AssetParameters{'0' * 64}S3Bucket00000000"
    >>> cdk_asset({"S3Bucket": {"Ref": name}, "S3Key": "any"}).key == f"asset.{'0' * 64}.zip"
    True
    """
    match value:
        case {"S3Bucket": {"Ref": str(name)}} if match := ASSET_PARAMETER.search(name):
            return RemoteObject(ASSETS_OF_CDK, f"asset.{match[1]}.zip")
        case {"S3Bucket": {"Fn::Sub": str(name)} | str(name), "S3Key": str(key)} if name.startswith(
            "cdk-"
        ) and _HASHED.fullmatch(key):
            return RemoteObject(ASSETS_OF_CDK, f"asset.{key}")
    return None


def _at(host: str, path: str) -> RemoteObject | None:
    """Return the object of an address of S3: the bucket is in the host, or first in the path."""
    if not re.search(r"(^|\.)s3[.-]", host) and host != "s3":
        return None
    if re.match(r"s3[.-]", host):
        bucket, _, key = path.partition("/")
        return RemoteObject(bucket, key)
    return RemoteObject(re.split(r"\.s3[.-]", host)[0], path)


def spelled(node: Json, literals: Literals) -> str:
    """Return what a node comes to, with gaps for what is not known.

    Examples
    --------
    >>> spelled({"Fn::Join": ["/", ["s3:/", {"Ref": "Bucket"}, "a.js"]]}, Literals({}, {})).split(GAP)
    ['s3://', '/a.js']
    """
    match node:
        case {"Fn::Sub": str(text)}:
            return _substituted(text, {}, literals)
        case {"Fn::Sub": [str(text), dict(own)]}:
            return _substituted(text, own, literals)
        case {"Fn::Join": [str(glue), list(parts)]}:
            return glue.join(spelled(part, literals) for part in parts)
    try:
        return literals.text(node, {})
    except Unresolved:
        return GAP


def _substituted(text: str, own: Mapping[str, Json], literals: Literals) -> str:
    return _VARIABLE.sub(lambda match: spelled(own.get(match[1], {"Ref": match[1]}), literals), text)
