"""The templates that a template nests by a local path, as deep as they go.

``TemplateURL`` of ``AWS::CloudFormation::Stack`` and ``Location`` of ``AWS::Serverless::Application`` may
hold a path relative to the template that names it, as the AWS command line's ``package`` takes it. What
already is an address is left to AWS and not read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from localcloud.stack.cdk import with_local_assets
from localcloud.stack.template import Json, TemplateError, properties, resources

STACK: Final = "AWS::CloudFormation::Stack"
KINDS: Final = {STACK: "TemplateURL", "AWS::Serverless::Application": "Location"}


@dataclass(frozen=True)
class Nested:
    """A resource that is a stack of its own, and the local template that it is created from."""

    logical_id: str
    property: str
    path: Path


@dataclass(frozen=True)
class Part:
    """A template of the whole: the root, or one below it.

    Attributes
    ----------
    name
        The logical ids of the stacks that lead to it, joined by dots; empty for the root.
    base
        The folder that its own relative paths start from.
    path
        Its file; None for a root that is known by its folder alone.
    values
        Its parameters' values, where they are known and not the defaults.
    """

    name: str
    template: dict[str, Json]
    base: Path
    path: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def display_name(self, logical_id: str) -> str:
        """Return what a resource of it is called in the whole.

        Examples
        --------
        >>> Part("Figures", {}, Path("x")).display_name("Table")
        'Figures.Table'
        """
        return f"{self.name}.{logical_id}" if self.name else logical_id


def nested(template: dict[str, Json], base: Path) -> list[Nested]:
    """Return the local templates that a template names, whether they are there or not.

    Examples
    --------
    >>> stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "figures.yaml"}}
    >>> [child.path.name for child in nested({"Resources": {"Figures": stack}}, Path("/x"))]
    ['figures.yaml']
    """
    below: list[Nested] = []
    for logical_id, resource in resources(with_local_assets(template, base)).items():
        name = KINDS.get(str(resource["Type"]), "")
        value = properties(resource).get(name)
        if isinstance(value, str) and not value.startswith(("https://", "http://", "s3://")):
            below.append(Nested(logical_id, name, (base / value).resolve()))
    return below


def parts(
    template: dict[str, Json],
    base: Path,
    path: Path | None = None,
    *,
    problem: Callable[[Part, Nested, TemplateError], None] | None = None,
    values: Mapping[str, str] | None = None,
) -> Iterator[Part]:
    """Yield a template and all that it nests, each before what is below it.

    Parameters
    ----------
    base, path
        The template's folder, and its file where that is known.
    problem
        Called for a nested template that cannot be read or nests itself, with the part that names it; without
        it the error is raised.
    values
        The parameters' values, where they are not the defaults.

    Raises
    ------
    TemplateError
    """
    above = frozenset() if path is None else frozenset({path.resolve()})
    yield from _below(Part("", template, base, path, values or {}), above, problem)


def passed(resource: dict[str, Json]) -> dict[str, Json]:
    """Return the parameters that a nested stack's resource passes on."""
    arguments = properties(resource).get("Parameters")
    return arguments if isinstance(arguments, dict) else {}


def values_below(
    template: dict[str, Json], logical_id: str, values: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return what a nested stack's resource passes on, as far as that is known before it is deployed.

    Parameters
    ----------
    values
        The values of the template's own parameters, where they are not the defaults.

    Examples
    --------
    >>> arguments = {"Names": ["a", "b"], "Table": {"Ref": "Table"}}
    >>> stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": arguments}}
    >>> values_below({"Resources": {"Below": stack}}, "Below")
    {'Names': 'a,b'}
    """
    from localcloud.stack.buckets import inherited  # noqa: PLC0415 - it reads what is nested, too
    from localcloud.stack.language import Literals, Unresolved  # noqa: PLC0415 - a start may do without

    literals = Literals(template, values or {})
    passed_on = inherited(values or {})
    for name, value in passed(resources(template)[logical_id]).items():
        try:
            read = literals.of(value, {})
            passed_on[name] = (
                ",".join(literals.items(read, {})) if isinstance(read, list) else literals.text(read, {})
            )
        except Unresolved:
            continue
    return passed_on


def child(nest: Nested, above: frozenset[Path], values: Mapping[str, str] | None = None) -> dict[str, Json]:
    """Read a nested template.

    Parameters
    ----------
    above
        The files of the templates that it is nested in.
    values
        Its parameters' values, where they are not the defaults.

    Raises
    ------
    TemplateError
        It cannot be read, or is nested in itself.
    """
    if nest.path in above:
        raise TemplateError(f"{nest.logical_id}.{nest.property}: {nest.path} is nested in itself")
    if not nest.path.is_file():
        raise TemplateError(f"{nest.logical_id}.{nest.property}: there is no file {nest.path}")
    status = nest.path.stat()
    return _read(nest.path, status.st_mtime_ns, status.st_size, tuple(sorted((values or {}).items())))


@lru_cache(maxsize=32)
def _read(path: Path, _modified: int, _size: int, values: tuple[tuple[str, str], ...]) -> dict[str, Json]:
    """Read a template once for packaging, checking and counting: the result must not be changed."""
    from localcloud.stack.buckets import read_local  # noqa: PLC0415 - as above

    return read_local(path, dict(values))


def forget_templates() -> None:
    """Let go of the nested templates that were read."""
    _read.cache_clear()


def _below(
    part: Part, above: frozenset[Path], problem: Callable[[Part, Nested, TemplateError], None] | None
) -> Iterator[Part]:
    yield part
    for nest in nested(part.template, part.base):
        values = values_below(part.template, nest.logical_id, part.values)
        try:
            template = child(nest, above, values)
        except TemplateError as error:
            if problem is None:
                raise
            problem(part, nest, error)
            continue
        below = Part(part.display_name(nest.logical_id), template, nest.path.parent, nest.path, values)
        yield from _below(below, above | {nest.path}, problem)
