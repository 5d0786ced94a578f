"""``AWS::Include`` of a local file: the snippet put where the transform stands.

``aws cloudformation package`` uploads the file and names its address instead; CloudFormation then reads it.
Here the snippet is put in place before anything else looks at the template, so that what it holds is
packaged, checked and deployed like the rest.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
(no short forms in a snippet, no snippet in a snippet, not among the parameters).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from localcloud.stack.document import Json, TemplateError, line_of, parse, read_text
from localcloud.stack.fragments import source_files

_TRANSFORM: Final = "Fn::Transform"
_INCLUDE: Final = "AWS::Include"
_LEFT_ALONE: Final = {"Parameters", "AWSTemplateFormatVersion", "Description", "Transform"}
_ELSEWHERE: Final = ("s3://", "https://", "http://")


def with_snippets(template: dict[str, Json], path: Path) -> dict[str, Json]:
    """Return a template with the local files that it includes in place of their transforms.

    A snippet's keys win over those beside the transform. One at an address is left to CloudFormation.

    Parameters
    ----------
    path
        The template's file: locations are relative to its folder.

    Raises
    ------
    TemplateError
        A snippet cannot be read, is no mapping, has a short form in it, or includes another.
    """
    whole = {
        section: value if section in _LEFT_ALONE else _walked(value, path)
        for section, value in template.items()
    }
    declared = whole.get("Transform")
    for entry in declared if isinstance(declared, list) else [declared]:
        file = _path_of(entry, path)
        if file is not None:
            remaining = [item for item in declared if item != entry] if isinstance(declared, list) else []
            whole = {name: value for name, value in whole.items() if name != "Transform"}
            whole |= {"Transform": remaining} if remaining else {}
            for section, value in _snippet(file, path).items():
                own = whole.get(section)
                both = isinstance(own, dict) and isinstance(value, dict)
                whole[section] = {**own, **value} if both else value  # type: ignore[dict-item]
            declared = whole.get("Transform")
    return whole


def snippet_files(path: Path) -> set[Path]:
    """Return the local files that a template and its fragments include, whether they are there or not.

    Raises
    ------
    TemplateError
        The template cannot be read.
    """
    texts = {file: read_text(file) for file in source_files(path) if file.is_file()}
    return {
        snippet
        for file, text in texts.items()
        if _INCLUDE in text
        for snippet in _files(parse(text, file), path)
    }


def _files(whole: Json, path: Path) -> Iterator[Path]:
    """Yield the local files that transforms anywhere in a document include."""
    pending = [whole]
    while pending:
        value = pending.pop()
        file = _path_of(value, path)
        if file is not None:
            yield file
        elif isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def _path_of(transform: Json, path: Path) -> Path | None:
    """Return the local file that a transform includes; None for any other."""
    match transform:
        case {"Name": "AWS::Include", "Parameters": {"Location": str(location)}}:
            away = location.startswith(_ELSEWHERE)
            return None if away else (path.parent / location).resolve()
    return None


def _walked(value: Json, path: Path) -> Json:
    if isinstance(value, list):
        return [_walked(item, path) for item in value]
    if not isinstance(value, dict):
        return value
    file = _path_of(value.get(_TRANSFORM), path)
    if file is None:
        return {name: _walked(item, path) for name, item in value.items()}
    beside = {name: _walked(item, path) for name, item in value.items() if name != _TRANSFORM}
    return {**beside, **_snippet(file, path)}


def _snippet(file: Path, path: Path) -> dict[str, Json]:
    if not file.is_file():
        raise TemplateError(f"{line_of([path], file.name)}: {_INCLUDE}: there is no file {file}")
    text = read_text(file)
    try:
        snippet = parse(text, file, short_forms=False)
    except TemplateError as error:
        if "could not determine a constructor" in str(error):
            place = str(error).partition(": ")[0]
            raise TemplateError(
                f"{place}: {_INCLUDE} takes no short form in a snippet: write Fn::Sub and its like in full"
            ) from error
        raise
    if not isinstance(snippet, dict):
        raise TemplateError(f"{file}: {_INCLUDE} takes a snippet of keys and values")
    if _INCLUDE in text and any(_files(snippet, file)):
        raise TemplateError(f"{line_of([file], _INCLUDE)}: a snippet cannot include another")
    return snippet
