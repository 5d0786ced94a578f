"""SAM's ``Globals``: the code that functions share, put where packaging looks for it.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
"""

from __future__ import annotations

import copy

from localcloud.stack.template import Json, resources

_OWN_CODE = ("CodeUri", "InlineCode", "ImageUri")


def with_own_code(template: dict[str, Json]) -> dict[str, Json]:
    """Return a template whose functions each name the local path that ``Globals`` names for all of them.

    A template without such a path is returned as it is.

    Examples
    --------
    >>> template = {
    ...     "Globals": {"Function": {"CodeUri": "src/"}},
    ...     "Resources": {"Work": {"Type": "AWS::Serverless::Function"}},
    ... }
    >>> with_own_code(template)["Resources"]
    {'Work': {'Type': 'AWS::Serverless::Function', 'Properties': {'CodeUri': 'src/'}}}
    """
    if not isinstance(_shared(template).get("CodeUri"), str):
        return template
    changed = copy.deepcopy(template)
    path = _shared(changed).pop("CodeUri")
    for resource in resources(changed).values():
        if resource["Type"] == "AWS::Serverless::Function":
            own = resource.setdefault("Properties", {})
            if isinstance(own, dict) and not any(name in own for name in _OWN_CODE):
                own["CodeUri"] = path
    return changed


def _shared(template: dict[str, Json]) -> dict[str, Json]:
    """Return what all functions have in common."""
    shared = template.get("Globals")
    functions = shared.get("Function") if isinstance(shared, dict) else None
    return functions if isinstance(functions, dict) else {}
