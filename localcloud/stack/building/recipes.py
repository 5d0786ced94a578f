"""How the code of a function or a layer is built, as its resource says it.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-layers.html
and the resource metadata of AWS SAM (``BuildMethod``, ``SkipBuild``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.stack.building.requirements import read_requirements
from localcloud.stack.document import Json
from localcloud.stack.template import properties

FUNCTIONS: Final = {"AWS::Lambda::Function", "AWS::Serverless::Function"}
LAYERS: Final = {"AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion"}
MAKEFILE: Final = "makefile"
PYTHON: Final = "python"
NODE: Final = "nodejs"
ESBUILD: Final = "esbuild"
METHODS: Final = {PYTHON, NODE, ESBUILD, MAKEFILE}
_BUILT_ALREADY: Final = (".aws-sam", "cdk.out")


@dataclass(frozen=True)
class Recipe:
    """A way to build a folder.

    Attributes
    ----------
    method
        ``python``, ``nodejs``, ``esbuild`` or ``makefile``; any other is refused.
    runtime
        The function's or layer's runtime, such as ``python3.13``; empty where it is not known.
    architecture
        ``x86_64`` or ``arm64``.
    inside
        The folder of a layer that packages go into: ``python``, for one; empty for a function.
    """

    logical_id: str
    method: str
    runtime: str = ""
    architecture: str = "x86_64"
    inside: str = ""


@dataclass(frozen=True)
class Built:
    """What becomes an artefact.

    Attributes
    ----------
    folder
        Its files: the person's own folder, or a copy that was built from it.
    packages
        Folders whose contents lie beside them in the artefact.
    """

    folder: Path
    packages: tuple[Path, ...] = ()


def recipe_of(
    logical_id: str, resource: dict[str, Json], folder: Path, shared: Mapping[str, Json]
) -> Recipe | None:
    """Return how a function's or a layer's folder is built; None when it is packaged as it is.

    Parameters
    ----------
    folder
        Where its code is.
    shared
        SAM's ``Globals`` of functions.

    Examples
    --------
    >>> layer = {"Type": "AWS::Serverless::LayerVersion", "Metadata": {"BuildMethod": "python3.13"}}
    >>> recipe_of("Shared", layer, Path("layer"), {}).inside
    'python'
    """
    kind, metadata = resource["Type"], resource.get("Metadata")
    notes = metadata if isinstance(metadata, dict) else {}
    build_method = str(notes.get("BuildMethod") or "").strip()
    if notes.get("SkipBuild") or any(part in _BUILT_ALREADY for part in folder.parts):
        return None
    if kind in LAYERS and build_method:
        compatible = properties(resource).get("CompatibleRuntimes")
        first = str(compatible[0]) if isinstance(compatible, list) and compatible else ""
        method = _method(build_method)
        runtime = (
            build_method if method == build_method.rstrip("0123456789.x") and method != MAKEFILE else first
        )
        architecture = str(notes.get("BuildArchitecture") or "x86_64")
        inside = {PYTHON: "python", NODE: "nodejs"}.get(method, "")
        return Recipe(logical_id, method, runtime, architecture, inside)
    if kind not in FUNCTIONS:
        return None
    own = {**(shared if kind == "AWS::Serverless::Function" else {}), **properties(resource)}
    named_runtime = own.get("Runtime")
    runtime = named_runtime if isinstance(named_runtime, str) else ""
    method = _method(build_method or runtime)
    architectures = own.get("Architectures")
    architecture = str(architectures[0]) if isinstance(architectures, list) and architectures else "x86_64"
    recipe = Recipe(logical_id, method, runtime, architecture)
    if method == MAKEFILE:
        return recipe
    wants = (method == PYTHON and read_requirements(folder).lines) or (
        method == NODE and (folder / "package.json").is_file() and not (folder / "node_modules").is_dir()
    )
    return recipe if wants or method == ESBUILD else None


def watched(recipe: Recipe, folder: Path) -> set[Path]:
    """Return what a build depends on, beside a function's own files, which are live: edits rebuild."""
    if recipe.inside or recipe.method == MAKEFILE:
        return {folder}
    # Node.js' are prepared where they run.
    return set(read_requirements(folder).files) if recipe.method == PYTHON else set()


def _method(build_method: str) -> str:
    """Return the method that a build method or a runtime names.

    Examples
    --------
    >>> _method("python3.13"), _method("nodejs22.x"), _method("makefile"), _method("esbuild")
    ('python', 'nodejs', 'makefile', 'esbuild')
    """
    return next((method for method in (PYTHON, NODE) if build_method.startswith(method)), build_method)
