"""A template's text as plain dictionaries: YAML as CloudFormation reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import yaml

from localcloud.importing import code_digest, remembered

if TYPE_CHECKING:
    from yaml import SafeLoader
else:
    # libyaml's reads a template of 5,000 lines in 50 ms, PyYAML's own takes ten times as long.
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PLACEHOLDER: Final = re.compile(r"\{%-?\s*\w+[^%]*%\}|\{\{-?\s*(?!resolve:)[\w.]+[^}]*\}\}|<%=?[^%]*%>")

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class TemplateError(Exception):
    """The template cannot be read or has not the form of one; the message names file and line."""


class _SnippetLoader(SafeLoader):
    """YAML whose dates are strings, without CloudFormation's short forms."""


class _Loader(_SnippetLoader):
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
_SnippetLoader.add_constructor("tag:yaml.org,2002:timestamp", _construct_date)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _construct_date)


# Well above any template (AWS takes a megabyte of text), and below what Python's own limits take.
_DEEPEST: Final = 150
_MOST_VALUES: Final = 1_000_000


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises
    ------
    TemplateError
        It cannot be read, or is no UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def parse(text: str, path: Path, *, short_forms: bool = True) -> Json:
    """Return what a text holds; ``path`` is for the messages.

    Parameters
    ----------
    short_forms
        Whether ``!Sub`` and its like may be in it; ``AWS::Include`` takes no such snippet.

    Raises
    ------
    TemplateError
    """
    loader = _Loader if short_forms else _SnippetLoader

    def read() -> Json:
        document: Json = yaml.load(text, Loader=loader)  # noqa: S506 - safe
        _measure(document, {}, path)
        return document

    try:
        # A template of thirty fragments takes a seventh of a second.
        return remembered(f"{_version()}\0{loader.__name__}\0{text}", read)
    except RecursionError as error:
        raise TemplateError(f"{path}: is nested too deeply") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise TemplateError(_placeholder(text, path) or f"{path}, line {line}: {error.problem}") from error


def _measure(value: Json, sizes: dict[int, int], path: Path, depth: int = 0) -> int:
    """Return how many values a document has once its aliases are written out; refuse what never ends."""
    if not isinstance(value, dict | list):
        return 1
    if (size := sizes.get(id(value))) is not None:
        if not size:
            raise TemplateError(f"{path}: an alias is inside of what it stands for")
        return size
    if depth > _DEEPEST:
        raise TemplateError(f"{path}: is nested too deeply")
    sizes[id(value)] = 0
    inner = value.values() if isinstance(value, dict) else value
    sizes[id(value)] = size = 1 + sum(_measure(each, sizes, path, depth + 1) for each in inner)
    if size > _MOST_VALUES:
        raise TemplateError(f"{path}: aliases make more than {_MOST_VALUES:,} values of it")
    return size


@cache
def _version() -> str:
    return f"{yaml.__version__} {code_digest(Path(__file__))}"


def _placeholder(text: str, path: Path) -> str | None:
    """Return the sentence for a text that is no YAML yet: a generator fills it in."""
    for number, line in enumerate(text.splitlines(), 1):
        match = _PLACEHOLDER.search(line)
        if match is not None:
            return (
                f"{path}, line {number}: {match[0]} is a placeholder of a generator (cookiecutter, Jinja …): "
                "this file is no template before it has been generated"
            )
    return None


def copied(document: dict[str, Json]) -> dict[str, Json]:
    """Return a copy of a document, down to its values: `copy.deepcopy` takes five times as long."""
    return {name: _copy(value) for name, value in document.items()}


def _copy(value: Json) -> Json:
    match value:
        case dict():
            return {name: _copy(inner) for name, inner in value.items()}
        case list():
            return [_copy(inner) for inner in value]
    return value


def line_of(files: Sequence[Path], text: str) -> str:
    r"""Return ``PATH, line N`` for the line of a key, else for the first that holds a text.

    Where none does, it is the first file alone.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    ...     _ = file.write("a: 1\nFn::ForEach::Queues: []\n")
    ...     file.flush()
    ...     line_of([Path(file.name)], "Fn::ForEach::Queues").rpartition(", ")[2]
    'line 2'
    """
    lines = [
        (path, number, line)
        for path in files
        for number, line in enumerate(read_text(path).splitlines(), 1)
        if text in line
    ]
    keys = [item for item in lines if item[2].strip().strip('"').startswith((f"{text}:", f'{text}":'))]
    for path, number, _ in keys or lines:
        return f"{path}, line {number}"
    return str(files[0])
