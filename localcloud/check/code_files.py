"""Schemas, code and mapping templates: inline in a template, or in files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.check.finding import Finding, Severity, SourcePlace, Text
from localcloud.check.model import Code, Language, Project
from localcloud.check.positions import Positions
from localcloud.check.values import Values
from localcloud.stack.assets import local_path
from localcloud.stack.template import Json

_KINDS: tuple[tuple[str, str, Language], ...] = (
    ("Code", "", "js"),
    ("RequestMappingTemplate", ".request", "vtl"),
    ("ResponseMappingTemplate", ".response", "vtl"),
)


class CodeFiles:
    """Finds the texts that a resource names; what is not there becomes a finding.

    Parameters
    ----------
    places
        The lines of the template that the resource is in: the project's own, or one that it nests.
    kinds
        The types of all resources of the project.
    """

    def __init__(self, project: Project, places: Positions, values: Values, kinds: Mapping[str, str]) -> None:
        self.project = project
        self.kinds = kinds
        self.places = places
        self.values = values

    def schema(self, logical_id: str, values: dict[str, Json]) -> Text | None:
        """Return the SDL of a ``GraphQLSchema``."""
        schema = self.inline(logical_id, values, "Definition")
        return schema or self.file(logical_id, values, "DefinitionS3Location")

    def code(self, logical_id: str, values: dict[str, Json], name: str) -> tuple[tuple[Code, ...], bool]:
        """Return the sources of a resolver or function, and whether all that it names could be read."""
        codes: list[Code] = []
        complete = True
        for key, suffix, language in _KINDS:
            location = f"{key}S3Location"
            if key not in values and location not in values:
                continue
            text = self.inline(logical_id, values, key) or self.file(logical_id, values, location)
            if text is None:
                complete = False
            else:
                codes.append(Code(f"{name}{suffix}.{language}", language, text))
        return tuple(codes), complete

    def handlers(self, logical_id: str, values: dict[str, Json], name: str) -> Code | None:
        """Return the handlers of a ``ChannelNamespace``."""
        inline = self.inline(logical_id, values, "CodeHandlers")
        text = inline or self.file(logical_id, values, "CodeS3Location")
        return Code(f"{name}.js", "js", text) if text is not None else None

    def inline(self, logical_id: str, values: dict[str, Json], key: str) -> Text | None:
        """Return a text that stands in the template itself."""
        text = self.values.text(values.get(key)) if values.get(key) is not None else None
        if text is None:
            if key in values:
                self.unresolved(logical_id, key)
            return None
        return Text(text, self.places.text_place(logical_id, key))

    def file(self, logical_id: str, values: dict[str, Json], key: str) -> Text | None:
        """Return the text of a file that a property names."""
        if key not in values:
            return None
        path = local_path(values[key], self.places.path.parent)
        place = self.places.of(logical_id, key)
        if path is not None:
            return self.text(path, place, f"{logical_id}.{key}")
        self.unresolved(logical_id, key)  # an object that nothing stands for is an error of another rule
        return None

    def text(self, path: Path, place: SourcePlace, what: str) -> Text | None:
        """Return the text of a file."""
        try:
            return Text(path.read_text(encoding="utf-8"), SourcePlace(path))
        except OSError as error:
            message = f"{what} names {path}, which cannot be read: {error.strerror}"
        except UnicodeDecodeError:
            message = f"{what} names {path}, which is not UTF-8 text"
        self.project.findings.append(Finding(place, Severity.ERROR, "file-missing", message))
        return None

    def unresolved(self, logical_id: str, *names: str) -> None:
        """Note a value that is known only once the template is deployed."""
        message = f"{'.'.join((logical_id, *names))} is known only once it is deployed: not looked at"
        place = self.places.of(logical_id, *names)
        self.project.findings.append(Finding(place, Severity.NOTE, "unresolved", message))
