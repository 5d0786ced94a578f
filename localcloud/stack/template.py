"""Read a CloudFormation template, YAML or JSON, into plain dictionaries with long-form intrinsics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import yaml

if TYPE_CHECKING:
    from yaml import SafeLoader
else:
    # libyaml's reads a template of 5,000 lines in 50 ms, PyYAML's own takes ten times as long.
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class TemplateError(Exception):
    """The template cannot be read or has not the form of one; the message names file and line."""


class _Loader(SafeLoader):
    """YAML as CloudFormation reads it: `!Sub` and its like are intrinsic functions, dates are strings."""


def _construct_intrinsic(loader: SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Json]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    value: Json
    if isinstance(node, yaml.ScalarNode):
        value = str(loader.construct_scalar(node))
        if suffix == "GetAtt":
            # The short form joins resource and attribute by a dot; the attribute may hold dots itself.
            resource, _, attribute = value.partition(".")
            value = [resource, attribute]
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = {str(key): item for key, item in loader.construct_mapping(node, deep=True).items()}
    else:  # PyYAML has three kinds of node
        raise TemplateError(f"line {node.start_mark.line + 1}: !{suffix} has a form that is not YAML's")
    return {name: value}


def _construct_date(loader: SafeLoader, node: yaml.Node) -> str:
    # `AWSTemplateFormatVersion: 2010-09-09` is a date to YAML and a string to CloudFormation.
    assert isinstance(node, yaml.ScalarNode)
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _construct_intrinsic)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _construct_date)


def read_template(path: Path) -> dict[str, Json]:
    """Read the template at ``path``.

    Parameters
    ----------
    path
        A YAML or JSON file (JSON is YAML too).

    Returns
    -------
    dict
        The document, intrinsic functions in their long form: ``{"Fn::Sub": …}``, ``{"Ref": …}``.

    Raises
    ------
    TemplateError
        It cannot be read, is no YAML, or has no ``Resources``.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - _Loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise TemplateError(f"{path}, line {line}: {error.problem}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise TemplateError(f"{path}: is not a CloudFormation template: it has no Resources")
    for name, resource in document["Resources"].items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateError(f"{path}: resource {name} has no Type")
    return document


def resources(template: dict[str, Json]) -> dict[str, dict[str, Json]]:
    """Return the resources of a template that :func:`read_template` has read, by logical id."""
    section = template["Resources"]
    assert isinstance(section, dict)
    return {name: body for name, body in section.items() if isinstance(body, dict)}


def properties(resource: dict[str, Json]) -> dict[str, Json]:
    """Return a resource's properties; empty when it has none."""
    found = resource.get("Properties")
    return found if isinstance(found, dict) else {}
