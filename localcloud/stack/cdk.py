"""A template that CDK wrote: its assets found again on disk, beside it, and its bootstrap not needed.

``cdk synth`` writes ``NAME.template.json`` and ``NAME.assets.json`` into ``cdk.out``. The template names its
assets by where ``cdk deploy`` would have uploaded them, in the bootstrap's bucket; the manifest says which
local file or folder each key stands for. With the paths put back, :mod:`localcloud.stack.package` uploads
them like those of any other template.

Source: the cloud assembly schema of aws-cdk (``AssetManifest``: ``files.*.source`` and ``.destinations``).
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Final

from localcloud.stack.template import Json, TemplateError, properties, resources

_VERSION_PARAMETER: Final = "BootstrapVersion"
_VERSION_RULE: Final = "CheckBootstrapVersion"
_BOOTSTRAP: Final = "/cdk-bootstrap/"


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _manifest(path: Path) -> dict[str, Path]:
    """Return what a manifest's object keys stand for on disk."""
    try:
        document: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TemplateError(f"{path}: cannot be read as a manifest of CDK's assets: {error}") from error
    sources: dict[str, Path] = {}
    for entry in _mapping(_mapping(document).get("files")).values():
        source = _mapping(_mapping(entry).get("source")).get("path")
        for destination in _mapping(_mapping(entry).get("destinations")).values():
            key = _mapping(destination).get("objectKey")
            if isinstance(key, str) and isinstance(source, str):
                sources[key] = path.parent / source
    return sources


def _local(value: Json, assets: dict[str, Path], base: Path) -> Json:
    """Return the local path that a property's S3 location stands for; anything else unchanged."""
    match value:
        case {"S3Bucket": _, "S3Key": str(key)} | {"Bucket": _, "Key": str(key)}:
            path = assets.get(key)
        # A stack for one account and region has plain addresses.
        case {"Fn::Sub": str(url)} | str(url) if url.startswith(("s3://", "https://")):
            path = assets.get(url.rpartition("/")[2])
        case {"Fn::Join": ["", [str(), *_, str(last)]]}:  # a nested stack's template
            path = assets.get(last.rpartition("/")[2])
        case _:
            path = None
    return value if path is None else str(path.relative_to(base))


def checks_bootstrap(name: str, body: Json) -> bool:
    """Say whether a parameter is the one by which CDK looks up the version of its bootstrap stack.

    Examples
    --------
    >>> checks_bootstrap("BootstrapVersion", {"Default": "/cdk-bootstrap/hnb659fds/version"})
    True
    """
    default = _mapping(body).get("Default")
    return name == _VERSION_PARAMETER and isinstance(default, str) and default.startswith(_BOOTSTRAP)


def _without_bootstrap(template: dict[str, Json]) -> dict[str, Json]:
    parameters = _mapping(template.get("Parameters"))
    if not checks_bootstrap(_VERSION_PARAMETER, parameters.get(_VERSION_PARAMETER)):
        return template
    entries = {"Parameters": _VERSION_PARAMETER, "Rules": _VERSION_RULE}
    return template | {
        section: {name: body for name, body in _mapping(template[section]).items() if name != entry}
        for section, entry in entries.items()
        if section in template
    }


def with_local_assets(template: dict[str, Json], base: Path) -> dict[str, Json]:
    """Return a template with the local paths of its CDK assets; one that is not CDK's is returned as it is.

    The parameter and rule that check the version of CDK's bootstrap stack are left out, with and without a
    manifest: what is uploaded goes to another bucket, so nothing of the bootstrap is used.

    Parameters
    ----------
    base
        The template's own folder, where its manifest is.

    Raises
    ------
    TemplateError
        A manifest cannot be read.
    """
    template = _without_bootstrap(template)
    manifests = sorted(base.glob("*.assets.json"))
    if not manifests:
        return template
    assets = {key: path for manifest in manifests for key, path in _manifest(manifest).items()}
    local = copy.deepcopy(template)
    for resource in resources(local).values():
        values = properties(resource)
        for name, value in values.items():
            values[name] = _local(value, assets, base)
    return local
