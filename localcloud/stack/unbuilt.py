"""Functions whose code is not packaged: this machine cannot run it, or it is not built yet.

An archive with a note takes its place, so that the function is created, and each invocation of it fails.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from localcloud.lambda_rules import bootstrap_name, bootstrap_problem, is_bootstrapped, node_version
from localcloud.stack.building import FUNCTIONS
from localcloud.stack.own_code import layers_of
from localcloud.stack.template import Json, properties

_NOTE: Final = "Nothing of this function's code is here: the local cloud cannot run it.\n"
_IMAGE: Final = "000000000000.dkr.ecr.us-east-1.amazonaws.com/not-built:latest"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def code_problem(resource: dict[str, Json], shared: Mapping[str, Json], path: Path) -> str | None:
    """Say why a function's code is not packaged; None where it is, and for what is no function.

    Parameters
    ----------
    shared
        What SAM's ``Globals`` say of all functions.
    path
        Where the template says that its code is.
    """
    if resource["Type"] not in FUNCTIONS:
        return None
    own = {**(shared if resource["Type"] == "AWS::Serverless::Function" else {}), **properties(resource)}
    runtime = own.get("Runtime")
    if not isinstance(runtime, str) or runtime.startswith("python") or node_version(runtime):
        return None
    if not is_bootstrapped(runtime):
        return f"its runtime {runtime} is not served"
    if not path.exists():
        return f"its code is not there: build it first, there is no {path.name}"
    if not path.is_dir() or layers_of(resource, dict(shared)) or _is_built_by_make(resource):
        return None
    return bootstrap_problem((path,), bootstrap_name(runtime, str(own.get("Handler", ""))))


@cache
def placeholder() -> bytes:
    """Return the archive that takes the place of the code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("README", _EPOCH), _NOTE)
    return buffer.getvalue()


def name_image(resource: dict[str, Json], shared: Mapping[str, Json]) -> None:
    """Give one of SAM's functions that is an image the address that ``sam build`` would, if it has none."""
    own = properties(resource)
    whole = {**shared, **own}
    if resource["Type"] == "AWS::Serverless::Function" and whole.get("PackageType") == "Image":
        own.setdefault("ImageUri", whole.get("ImageUri", _IMAGE))


def _is_built_by_make(resource: dict[str, Json]) -> bool:
    metadata = resource.get("Metadata")
    return isinstance(metadata, dict) and metadata.get("BuildMethod") == "makefile"
