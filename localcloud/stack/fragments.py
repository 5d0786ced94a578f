"""A template in several files: the root lists fragments, whose sections are joined with its own.

::

    Metadata:
      localcloud:
        fragments:
          - stack/tables.yaml
          - stack/queues.yaml

CloudFormation knows no such list, and refuses a template without resources. So what is packaged, checked and
deployed is the whole, and ``python -m localcloud.stack join`` writes it for AWS's own tools.

A fragment has sections as a template has them. Short forms (``!Ref``) are allowed, and paths start at the
root's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from localcloud.stack.document import Json, TemplateError, line_of, parse, read_text

KEY: Final = "fragments"
_METADATA: Final = "Metadata"
_OWNER: Final = "localcloud"
_SECTIONS: Final = ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs")


def with_fragments(document: dict[str, Json], path: Path) -> dict[str, Json]:
    """Return a template with its fragments joined; one that lists none is returned as it is.

    Parameters
    ----------
    path
        The template's file: fragments are relative to its folder.

    Raises
    ------
    TemplateError
        A fragment cannot be read, has what only a template has, or has a name that another file has as well.
    """
    files = fragment_files(document, path)
    if not files:
        return document
    whole = _without_list(document)
    owners = {(section, name): path for section in _SECTIONS for name in _mapping(document.get(section))}
    for file in files:
        for section, members in _fragment(file).items():
            joined = {**_mapping(whole.get(section))}
            for name, body in members.items():
                other = owners.setdefault((section, name), file)
                if name in joined:
                    raise TemplateError(f"{line_of([file], name)}: {section}.{name} is in {other} as well")
                joined[name] = body
            whole[section] = joined
    return whole


def fragment_files(document: Json, path: Path) -> list[Path]:
    """Return the fragments that a template lists, whether they are there or not.

    Raises
    ------
    TemplateError
        The list is no list of paths.
    """
    own = _mapping(_mapping(_mapping(document).get(_METADATA)).get(_OWNER))
    if KEY not in own:
        return []
    listed = own[KEY]
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    if not isinstance(listed, list) or len(names) != len(listed):
        raise TemplateError(f"{line_of([path], KEY)}: {_METADATA}.{_OWNER}.{KEY} is a list of paths")
    return [(path.parent / name).resolve() for name in names]


def source_files(path: Path) -> list[Path]:
    """Return a template's file and those of its fragments.

    Raises
    ------
    TemplateError
        The template cannot be read.
    """
    text = read_text(path)
    return [path, *(fragment_files(parse(text, path), path) if KEY in text else ())]


def _fragment(file: Path) -> dict[str, dict[str, Json]]:
    if not file.is_file():
        raise TemplateError(f"{file}: there is no such fragment")
    document = parse(read_text(file), file)
    if not isinstance(document, dict):
        raise TemplateError(f"{file}: is not a fragment: it has none of {', '.join(_SECTIONS)}")
    sections: dict[str, dict[str, Json]] = {}
    for section, members in document.items():
        if section not in _SECTIONS:
            raise TemplateError(
                f"{line_of([file], str(section))}: a fragment has no {section}; it has {', '.join(_SECTIONS)}"
            )
        sections[section] = _mapping(members)
    return sections


def _without_list(document: dict[str, Json]) -> dict[str, Json]:
    """Return a template whose ``Metadata`` no longer list what is joined."""
    metadata = _mapping(document.get(_METADATA))
    own = {name: value for name, value in _mapping(metadata[_OWNER]).items() if name != KEY}
    rest = {name: value for name, value in metadata.items() if name != _OWNER} | (
        {_OWNER: own} if own else {}
    )
    whole = {name: value for name, value in document.items() if name != _METADATA}
    return {**whole, **({_METADATA: rest} if rest else {})}


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
