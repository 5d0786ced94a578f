"""``/config.json``: what a page must know of the cloud that it talks to, and no credential.

Without a file it is all that the local cloud tells, and the JSON files of the other folders
(``files.report.latest``). With one it is that file, where each ``${outputs.UserPoolId}`` stands for what is
found there, step by step: a name in an object, in a list a number or a member's ``name``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
_PLACE: Final = re.compile(r"\$\{([^${}]*)\}")


class ConfigError(Exception):
    """The configuration's file cannot be used; the message says why."""


def read_config(path: Path) -> Json:
    """Read the file.

    Raises
    ------
    ConfigError
    """
    try:
        found: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    return found


def fill(config: Json, told: Mapping[str, Json]) -> Json:
    """Return the configuration with its placeholders replaced.

    A text that is one placeholder becomes what is found, of whatever type. A text with a placeholder for
    which nothing is found (an API that was not deployed) becomes null.

    Examples
    --------
    >>> fill({"pool": "${outputs.Pool}", "rest": "${rest_apis.0.url}"}, {"outputs": {"Pool": "p"}})
    {'pool': 'p', 'rest': None}
    """
    match config:
        case dict():
            return {name: fill(value, told) for name, value in config.items()}
        case list():
            return [fill(value, told) for value in config]
        case str():
            return _fill_text(config, told)
        case _:
            return config


def _fill_text(text: str, told: Mapping[str, Json]) -> Json:
    whole = _PLACE.fullmatch(text)
    if whole is not None:
        return _find(whole[1], told)
    found = [_find(name, told) for name in _PLACE.findall(text)]
    if not all(isinstance(value, str | int | float) for value in found):
        return None
    values = iter(found)
    return _PLACE.sub(lambda _: str(next(values)), text)


def _find(path: str, told: Mapping[str, Json]) -> Json:
    here: Json = dict(told)
    for step in path.split("."):
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list):
            here = _member(here, step)
        else:
            return None
    return here


def _member(members: list[Json], step: str) -> Json:
    if step.isdecimal():
        return members[int(step)] if int(step) < len(members) else None
    named = (member for member in members if isinstance(member, dict) and member.get("name") == step)
    return next(named, None)
