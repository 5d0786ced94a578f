"""Functions that this machine cannot run: other languages, container images, Node.js where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values, with_values
from localcloud.lambda_rules import is_bootstrapped, is_retired, runtime_problem
from localcloud.stack.assets import ASSETS, local_path
from localcloud.stack.own_code import shared_of_functions, with_own_code
from localcloud.stack.template import Json, properties, resources
from localcloud.stack.unbuilt import code_problem

RULE: Final = "unserved-runtime"
RETIRED: Final = "retired-runtime"
_SAM: Final = "AWS::Serverless::Function"


class Unrunnable(NamedTuple):
    """A function that cannot run, the property that says so, and why."""

    logical_id: str
    property: str
    problem: str


def unrunnable(
    template: dict[str, Json], values: Mapping[str, str] | None = None, base: Path | None = None
) -> Iterator[Unrunnable]:
    """Yield the functions that cannot run; one that a condition leaves out does not count.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.
    base
        The template's folder: executables are looked for in what it names.

    Examples
    --------
    >>> java = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "java21"}}
    >>> [resource.property for resource in unrunnable({"Resources": {"Work": java}})]
    ['Runtime']
    """
    shared = shared_of_functions(template)
    own = None if base is None else resources(with_own_code(template))
    for logical_id, package, runtime in _functions(template, values or {}):
        if package == "Image" or runtime is not None:
            problem = runtime_problem(runtime or "", package)
            if problem is not None:
                yield Unrunnable(logical_id, "Runtime" if package == "Zip" else "PackageType", problem)
            elif own is not None and base is not None and is_bootstrapped(runtime or ""):
                resource = {**own[logical_id]}
                for name in ASSETS[str(resource["Type"])]:
                    path = local_path(properties(resource).get(name), base)
                    problem = None if path is None else code_problem(resource, shared, path)
                    if problem is not None:
                        yield Unrunnable(logical_id, name, problem)


def check_runtimes(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find the functions of runtimes that AWS has retired."""
    for logical_id, package, runtime in _functions(template, {}):
        if package == "Zip" and runtime is not None and is_retired(runtime):
            message = (
                f"{logical_id}: AWS creates no more functions of {runtime}; here a newer version runs it"
            )
            yield Finding(places.of(logical_id, "Runtime"), Severity.WARNING, RETIRED, message)


def _functions(template: dict[str, Json], values: Mapping[str, str]) -> Iterator[tuple[str, str, str | None]]:
    """Yield each function's logical id, its type of package and, where it is certain, its runtime."""
    read = Values(with_values(template, values))
    for logical_id, resource in resources(template).items():
        if resource["Type"] not in {"AWS::Lambda::Function", _SAM} or read.is_left_out(resource):
            continue
        own = {**(shared_of_functions(template) if resource["Type"] == _SAM else {}), **properties(resource)}
        code = own.get("Code")
        is_image = "ImageUri" in own or (isinstance(code, dict) and "ImageUri" in code)
        package = "Image" if is_image else read.text(own.get("PackageType")) or "Zip"
        yield logical_id, package, read.text(own.get("Runtime"))
