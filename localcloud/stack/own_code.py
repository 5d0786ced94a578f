"""The code of functions that do not name it themselves, put where packaging looks for it.

SAM's ``Globals`` may name the path for all functions; one of SAM's functions or layers without any path is
packaged from the template's own folder, as ``aws cloudformation package`` does it.

Sources: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
and https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Final

from localcloud.stack.assets import ASSETS
from localcloud.stack.template import Json, properties, resources

_OWN_CODE: Final = ("CodeUri", "ContentUri", "InlineCode", "ImageUri")
_HERE: Final = "."


def with_own_code(template: dict[str, Json]) -> dict[str, Json]:
    """Return a template whose functions and layers each name the path of their code.

    A template whose functions all do is returned as it is.

    Examples
    --------
    >>> template = {
    ...     "Globals": {"Function": {"CodeUri": "src/"}},
    ...     "Resources": {"Work": {"Type": "AWS::Serverless::Function"}},
    ... }
    >>> with_own_code(template)["Resources"]
    {'Work': {'Type': 'AWS::Serverless::Function', 'Properties': {'CodeUri': 'src/'}}}
    """
    shared = shared_of_functions(template).get("CodeUri")
    without = dict(_without_code(template))
    if not isinstance(shared, str) and not without:
        return template
    changed = copy.deepcopy(template)
    if isinstance(shared, str):
        del shared_of_functions(changed)["CodeUri"]
    elif shared is not None:
        without = {name: kind for name, kind in without.items() if kind != "AWS::Serverless::Function"}
    for name, kind in without.items():
        own = resources(changed)[name].setdefault("Properties", {})
        if isinstance(own, dict):
            common = kind == "AWS::Serverless::Function" and isinstance(shared, str)
            own[next(iter(ASSETS[kind]))] = shared if common else _HERE
    return changed


def _without_code(template: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield the functions and layers that name no code, each with its type."""
    for name, resource in resources(template).items():
        kind, own = str(resource["Type"]), properties(resource)
        has_code = own.get("PackageType") == "Image" or any(own.get(key) for key in _OWN_CODE)
        if not has_code and any(asset.default for asset in ASSETS.get(kind, {}).values()):
            yield name, kind


def shared_of_functions(template: dict[str, Json]) -> dict[str, Json]:
    """Return what SAM's ``Globals`` say of all functions."""
    shared = template.get("Globals")
    functions = shared.get("Function") if isinstance(shared, dict) else None
    return functions if isinstance(functions, dict) else {}


def layers_of(resource: dict[str, Json], shared: dict[str, Json]) -> list[Json]:
    """Return the layers of a function, those that SAM's ``Globals`` name for all functions first."""
    common = shared.get("Layers") if resource["Type"] == "AWS::Serverless::Function" else None
    own = properties(resource).get("Layers")
    return [*(common if isinstance(common, list) else []), *(own if isinstance(own, list) else [])]
