"""What a target is given: the event, a part of it, a fixed text, or a filled template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.deliveries.events.errors import InvalidRequest
from localcloud.deliveries.events.paths import Missing, find, parse_path
from localcloud.deliveries.events.templates import RESERVED, placeholders, render, values_of

MOST_PATHS: Final = 100
_dense: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True)
class Input:
    """A target's ``Input``, ``InputPath`` or ``InputTransformer``; with none of them the event itself.

    Attributes
    ----------
    paths
        The variables of the template.
    """

    text: str | None = None
    path: str | None = None
    template: str | None = None
    paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the target gets the event as it is."""
        return self.text is None and self.path is None and self.template is None

    def of(self, event: Mapping[str, Any], whole: str, reserved: Mapping[str, Any]) -> str:
        """Return what the target gets of an event.

        Parameters
        ----------
        whole
            The event as JSON. A path that leads nowhere gives it, too.
        reserved
            The values of AWS's own variables.
        """
        if self.text is not None:
            return self.text
        if self.path is not None:
            try:
                return _dense(find(self.path, event))
            except (Missing, ValueError):
                return whole
        if self.template is not None:
            return render(self.template, {**values_of(self.paths, event), **reserved})
        return whole


def parse_input(document: Mapping[str, Any], target: str) -> Input:
    """Return what a target's document says of its input.

    Raises
    ------
    InvalidRequest
    """
    text, path = document.get("Input") or None, document.get("InputPath") or None
    transformer = document.get("InputTransformer") or None
    if sum(value is not None for value in (text, path, transformer)) > 1:
        raise InvalidRequest(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target}."
        )
    if text is not None:
        _check_json(str(text), target)
        return Input(text=str(text))
    if path is not None:
        _check_path(str(path), target)
        return Input(path=str(path))
    if transformer is None:
        return Input()
    paths = transformer.get("InputPathsMap") or {}
    if not isinstance(paths, dict):
        raise InvalidRequest(f"InputPathsMap of target {target} must be a map of paths.")
    paths = {str(name): str(value) for name, value in paths.items()}
    template = str(transformer.get("InputTemplate") or "")
    _check_transformer(template, paths, target)
    return Input(template=template, paths=paths)


def _check_transformer(template: str, paths: Mapping[str, str], target: str) -> None:
    if not template:
        raise InvalidRequest(f"InputTemplate must be specified for target {target}.")
    if len(paths) > MOST_PATHS:
        raise InvalidRequest(f"InputPathsMap may have {MOST_PATHS} entries, not {len(paths)}: {target}.")
    for name, path in paths.items():
        if name.startswith("AWS") or name in RESERVED:
            raise InvalidRequest(f"InputPathsMap key {name} of target {target} is reserved.")
        _check_path(path, target)
    unknown = sorted(placeholders(template) - paths.keys() - frozenset(RESERVED))
    if unknown:
        raise InvalidRequest(
            f"Invalid InputTemplate for target {target} : [Placeholder {unknown[0]} is not defined in "
            "InputPathsMap]."
        )


def _check_path(path: str, target: str) -> None:
    try:
        parse_path(path)
    except ValueError:
        raise InvalidRequest(f"Parameter {path} is not valid. Reason: not a JSON path: {target}.") from None


def _check_json(text: str, target: str) -> None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"JSON syntax error in input for target {target} : {error}.") from None
