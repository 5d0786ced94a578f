"""Which durable functions a value of a template names, and whether by a version or an alias."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from localcloud.check.values import Reference, Values
from localcloud.stack.template import Json

# A reference within a text, as it is written down here: what it is of, and whether it is the ARN.
_MARK: Final = "\N{SYMBOL FOR RECORD SEPARATOR}"
_MARKED: Final = re.compile(
    rf"(?P<before>.?){_MARK}(?P<kind>arn|name) (?P<name>\w+){_MARK}(?P<after>.?)", re.S
)
_VARIABLE: Final = re.compile(r"\$\{([^!}][^}]*)\}")
_IN_TEXT: Final = re.compile(r":function:([\w-]+)(:?)")


class TargetReference(NamedTuple):
    """A function that a value names.

    Attributes
    ----------
    qualified
        Whether by a version or an alias.
    waits
        Whether a state of a machine waits for its end.
    """

    name: str
    qualified: bool
    waits: bool = False


class Targets:
    """Finds them.

    Parameters
    ----------
    durable
        The logical ids of the durable functions.
    owners
        By the logical id of a version or an alias: its function's.
    """

    def __init__(self, values: Values, durable: Collection[str], owners: dict[str, str]) -> None:
        self._values = values
        self._durable = durable
        self._owners = owners

    def of(self, value: Json) -> Iterator[TargetReference]:
        """Yield what a value names, however it is put together.

        A name alone counts where nothing else stands beside it, or ``function:`` before it: within a
        longer text it may be part of anything.
        """
        for text in self._texts(value):
            for match in _MARKED.finditer(text):
                alone = not match["before"] and match["after"] in {"", ":"}
                if match["kind"] == "arn" or alone or match["before"] in {":", '"'}:
                    name = match["name"]
                    if name in self._owners:
                        yield TargetReference(self._owners[name], qualified=True)
                    else:
                        yield TargetReference(name, qualified=match["after"] == ":")

    def in_definition(self, text: str) -> Iterator[TargetReference]:
        """Yield what the definition of a state machine invokes, whose references are read already."""
        try:
            yield from self._tasks(json.loads(text))
        except ValueError:
            return

    def _tasks(self, value: Json) -> Iterator[TargetReference]:
        if isinstance(value, list):
            for inner in value:
                yield from self._tasks(inner)
        elif isinstance(value, dict):
            resource, arguments = value.get("Resource"), value.get("Parameters", value.get("Arguments"))
            if isinstance(resource, str):
                parameters = arguments if isinstance(arguments, dict) else {}
                function = parameters.get("FunctionName") if ":lambda:invoke" in resource else resource
                for name, colon in _IN_TEXT.findall(function if isinstance(function, str) else ""):
                    if name in self._durable:
                        yield TargetReference(name, bool(colon), parameters.get("InvocationType") != "Event")
            for inner in value.values():
                yield from self._tasks(inner)

    def _texts(self, value: Json) -> Iterator[str]:
        text = self._text(value)
        if text is not None:
            yield text
        elif isinstance(value, dict):
            for inner in value.values():
                yield from self._texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self._texts(inner)

    def _text(self, value: Json) -> str | None:
        """Return a text with its references marked; None for what is a structure."""
        match value:
            case {"Fn::Join": [str(glue), list(parts)]}:
                return glue.join(self._text(part) or "" for part in parts)
            case {"Fn::Sub": str(text)}:
                return self._substituted(text, {})
            case {"Fn::Sub": [str(text), dict(own)]}:
                return self._substituted(text, own)
            case {"Ref": _} | {"Fn::GetAtt": _}:
                return self._marked(value)
            case _:
                return None if isinstance(value, dict | list) else str(value)

    def _substituted(self, text: str, own: dict[str, Json]) -> str:
        def value_of(variable: re.Match[str]) -> str:
            name = variable[1]
            if name in own:
                return self._text(own[name]) or ""
            resource, _, attribute = name.partition(".")
            return self._marked({"Fn::GetAtt": [resource, attribute]} if attribute else {"Ref": name})

        return _VARIABLE.sub(value_of, text)

    def _marked(self, value: Json) -> str:
        read = self._values.read(value)
        if not isinstance(read, Reference):
            return read or ""
        name, attribute = read.logical_id, read.attribute
        if name in self._owners and attribute in ("", "Arn", "AliasArn", "FunctionArn"):
            return f"{_MARK}arn {name}{_MARK}"
        if name in self._durable and attribute in ("", "Arn"):
            return f"{_MARK}{'arn' if attribute else 'name'} {name}{_MARK}"
        return ""
