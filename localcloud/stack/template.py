"""Read a CloudFormation template, YAML or JSON, into plain dictionaries with long-form intrinsics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.stack.document import Json, TemplateError, line_of, parse, read_text
from localcloud.stack.fragments import fragment_files, with_fragments

__all__ = ["Json", "TemplateError", "properties", "read_template", "resources"]

_NO_VALUES: Mapping[str, str] = {}


def read_template(path: Path, values: Mapping[str, str] = _NO_VALUES) -> dict[str, Json]:
    """Read the template at ``path`` as a whole: fragments joined, snippets in place, loops written out.

    Parameters
    ----------
    path
        A YAML or JSON file (JSON is YAML too).
    values
        The parameters' values, where they are not the defaults: a loop may go over one of them.

    Returns
    -------
    dict
        The document, intrinsic functions in their long form: ``{"Fn::Sub": …}``, ``{"Ref": …}``.

    Raises
    ------
    TemplateError
        It cannot be read, is no YAML, or has no ``Resources``; a snippet or a loop is not one.
    """
    text = read_text(path)
    document = parse(text, path)
    if not isinstance(document, dict):
        raise TemplateError(f"{path}: is not a CloudFormation template: it has no Resources")
    files = [path, *fragment_files(document, path)]
    document = with_fragments(document, path)
    whole_text = text if len(files) == 1 else "".join(map(read_text, files))
    if "AWS::Include" in whole_text:
        from localcloud.stack.snippets import with_snippets  # noqa: PLC0415 - few templates include any

        document = with_snippets(document, path)
    # A section with nothing in it, such as `Parameters:` alone, is none.
    document = {name: section for name, section in document.items() if section is not None}
    if not isinstance(document.get("Resources"), dict):
        raise TemplateError(f"{path}: is not a CloudFormation template: it has no Resources")
    if "Fn::ForEach" in whole_text:
        from localcloud.stack.language import LoopError, with_loops  # noqa: PLC0415 - few have a loop

        try:
            document = with_loops(document, values)
        except LoopError as error:
            raise TemplateError(f"{line_of(files, error.loop)}: {error}") from error
    section = document["Resources"]
    assert isinstance(section, dict)
    for name, resource in section.items():
        if name != "Fn::Transform" and not (
            isinstance(resource, dict) and isinstance(resource.get("Type"), str)
        ):
            raise TemplateError(f"{line_of(files, str(name))}: resource {name} has no Type")
    return document


def resources(template: dict[str, Json]) -> dict[str, dict[str, Json]]:
    """Return the resources of a template that :func:`read_template` has read, by logical id."""
    section = template["Resources"]
    assert isinstance(section, dict)
    return {name: body for name, body in section.items() if isinstance(body, dict) and "Type" in body}


def properties(resource: dict[str, Json]) -> dict[str, Json]:
    """Return a resource's properties; empty when it has none."""
    members = resource.get("Properties")
    return members if isinstance(members, dict) else {}
