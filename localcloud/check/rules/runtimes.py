"""Functions that this machine cannot run: other languages, container images, Node.js where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values, with_values
from localcloud.lambda_rules import is_retired, runtime_problem
from localcloud.stack.template import Json, properties, resources

RULE: Final = "unserved-runtime"
RETIRED: Final = "retired-runtime"
_SAM: Final = "AWS::Serverless::Function"


class Unrunnable(NamedTuple):
    """A function that cannot run, and the property that says so."""

    logical_id: str
    property: str
    message: str


def unrunnable(template: dict[str, Json], values: Mapping[str, str] | None = None) -> Iterator[Unrunnable]:
    """Yield the functions that cannot run; one that a condition leaves out does not count.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.

    Examples
    --------
    >>> java = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "java21"}}
    >>> [resource.property for resource in unrunnable({"Resources": {"Work": java}})]
    ['Runtime']
    """
    for logical_id, package, runtime in _functions(template, values or {}):
        if package == "Image" or runtime is not None:
            problem = runtime_problem(runtime or "", package)
            if problem is not None:
                name = "Runtime" if package == "Zip" else "PackageType"
                yield Unrunnable(logical_id, name, f"{logical_id}: {problem}")


def check_runtimes(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find the functions that cannot run on this machine."""
    for resource in unrunnable(template):
        yield Finding(
            places.of(resource.logical_id, resource.property), Severity.ERROR, RULE, resource.message
        )
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
        own = {**(_shared(template) if resource["Type"] == _SAM else {}), **properties(resource)}
        code = own.get("Code")
        is_image = "ImageUri" in own or (isinstance(code, dict) and "ImageUri" in code)
        package = "Image" if is_image else read.text(own.get("PackageType")) or "Zip"
        yield logical_id, package, read.text(own.get("Runtime"))


def _shared(template: dict[str, Json]) -> dict[str, Json]:
    shared = template.get("Globals")
    functions = shared.get("Function") if isinstance(shared, dict) else None
    return functions if isinstance(functions, dict) else {}
