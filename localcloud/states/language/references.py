"""Reference paths: where a state's result goes."""

from __future__ import annotations

from typing import Final

from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.path_syntax import parse_path
from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text

_DATA: Final = "$"


class Reference:
    """A path that names one place of a document.

    Parameters
    ----------
    text
        The path as it was written.
    keys
        Names and indexes from the root.
    """

    __slots__ = ("_keys", "_text")

    def __init__(self, text: str, keys: tuple[str | int, ...]) -> None:
        self._text = text
        self._keys = keys

    def write(self, document: Json, value: Json) -> Json:
        """Return `document` with `value` in that place; everything beside the place is shared.

        Raises
        ------
        EvaluationError
            There is a value on the way that has no members, or no such item.

        Examples
        --------
        >>> compile_reference("$.order.status").write({"id": 1}, "PAID")
        {'id': 1, 'order': {'status': 'PAID'}}
        """
        if not self._keys:
            return value
        try:
            return _with(document, self._keys, 0, value)
        except (TypeError, IndexError):
            raise EvaluationError(
                "States.ResultPathMatchFailure",
                f"Unable to apply ReferencePath {self._text} to input {to_text(document)}",
            ) from None

    def read(self, document: Json) -> Json:
        """Return the value in that place.

        Raises
        ------
        EvaluationError
            There is none.
        """
        value = document
        for key in self._keys:
            if isinstance(key, str):
                if isinstance(value, dict) and key in value:
                    value = value[key]
                    continue
            elif isinstance(value, list) and -len(value) <= key < len(value):
                value = value[key]
                continue
            step = key if isinstance(key, str) else f"[{key}]"
            raise EvaluationError(
                "States.ReferencePathConflict", f'Unable to apply step "{step}" to input {to_text(value)}'
            )
        return value


def compile_reference(text: str) -> Reference:
    """Return the place that `text` names.

    Raises
    ------
    DefinitionError
        `text` is no path, starts elsewhere than at ``$``, or may name several places.
    """
    path = parse_path(text)
    keys = tuple(step for step in path.steps if isinstance(step, str | int))
    if path.root != _DATA or len(keys) < len(path.steps):
        raise DefinitionError(f"Not a Reference Path: {text}")
    return Reference(text, keys)


def _with(document: Json, keys: tuple[str | int, ...], position: int, value: Json) -> Json:
    """Return `document` with `value` below it; what is on the way is copied one level deep."""
    if position == len(keys):
        return value
    key = keys[position]
    if isinstance(key, int):
        if not isinstance(document, list):
            raise TypeError
        items = document.copy()
        items[key] = _with(document[key], keys, position + 1, value)
        return items
    if not isinstance(document, dict):
        raise TypeError
    members = document.copy()
    members[key] = _with(document.get(key, {}), keys, position + 1, value)
    return members
