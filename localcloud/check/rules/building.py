"""Code that is built before it is packaged, in a way that is not served here or lacks what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from localcloud.check.finding import Finding, Severity, display_path
from localcloud.check.model import Located
from localcloud.stack.assets import ASSETS, local_path
from localcloud.stack.building import METHODS, recipe_of
from localcloud.stack.own_code import shared_of_functions, with_own_code
from localcloud.stack.template import properties, resources
from localcloud.stack.unbuilt import code_problem

RULE: Final = "build-unserved"


def check_building(located: Located) -> Iterator[Finding]:
    """Find code that is not there, and build methods that a start refuses."""
    template, base = with_own_code(located.part.template), located.part.base
    shared = shared_of_functions(template)
    for logical_id, resource in resources(template).items():
        for name, asset in ASSETS.get(str(resource["Type"]), {}).items():
            path = local_path(properties(resource).get(name), base) if asset.zipped else None
            if path is not None and code_problem(resource, shared, path) is not None:
                continue  # a function that is created, and whose invocations fail, is a warning
            if path is not None and not path.exists():
                message = f"{logical_id}.{name}: there is no {display_path(path)}"
                yield Finding(located.places.of(logical_id, name), Severity.ERROR, "file-missing", message)
            recipe = recipe_of(logical_id, resource, path, shared) if path and path.is_dir() else None
            if recipe is None or path is None:
                continue
            place = located.places.of(logical_id)
            if recipe.method not in METHODS:
                message = f"{logical_id}: BuildMethod {recipe.method} is not served by the local cloud"
                yield Finding(place, Severity.ERROR, RULE, message)
            elif recipe.method == "makefile" and not (path / "Makefile").is_file():
                message = (
                    f"{logical_id}: BuildMethod makefile, and there is no {display_path(path / 'Makefile')}"
                )
                yield Finding(place, Severity.ERROR, RULE, message)
