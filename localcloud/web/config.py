"""``/config.json``: what a page must know of the cloud that it talks to, and no credential.

Without a file it is everything that the local cloud publishes, and the JSON files of the other folders
(``files.report.latest``). With one it is that file, where each ``${outputs.UserPoolId}`` stands for what is
found there, step by step: a name in an object; in a list a number, a member's ``name``, or what a member
must be like: ``${apis.[id=outputs.ApiId].graphql}`` is of the API whose ``id`` is what ``outputs.ApiId`` is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
_PLACE: Final = re.compile(r"\$\{([^${}]*)\}")
_STEP: Final = re.compile(r"\[[^\[\]]*\]|[^.]+")
_LIKE: Final = re.compile(r"\[(\w+)=([^\[\]]+)\]")
_ADDRESS: Final = re.compile(r"(https?|wss?)://[\w.-]+(:[0-9]+)?(/[^\s${}]*)?", re.ASCII)


class ConfigError(Exception):
    """The configuration's file cannot be used; the message says why."""


def read_config(path: Path) -> Json:
    """Read the file.

    Raises
    ------
    ConfigError
    """
    try:
        document: Json = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    return document


def fill(config: Json, context: Mapping[str, Json]) -> Json:
    """Return the configuration with its placeholders replaced.

    A text that is one placeholder becomes what is found, of whatever type. A text with a placeholder for
    which nothing is found (an API that was not deployed) becomes null.

    Examples
    --------
    >>> fill({"pool": "${outputs.Pool}", "rest": "${rest_apis.0.url}"}, {"outputs": {"Pool": "p"}})
    {'pool': 'p', 'rest': None}
    >>> fill("${apis.[id=outputs.Id].url}", {"outputs": {"Id": 2}, "apis": [{"id": 2, "url": "http://a"}]})
    'http://a'
    """
    match config:
        case dict():
            return {name: fill(value, context) for name, value in config.items()}
        case list():
            return [fill(value, context) for value in config]
        case str():
            return _fill_text(config, context)
        case _:
            return config


def _fill_text(text: str, context: Mapping[str, Json]) -> Json:
    whole = _PLACE.fullmatch(text)
    if whole is not None:
        return _find(whole[1], context)
    parts = [_find(name, context) for name in _PLACE.findall(text)]
    if not all(isinstance(value, str | int | float) for value in parts):
        return None
    values = iter(parts)
    return _PLACE.sub(lambda _: str(next(values)), text)


def _find(path: str, context: Mapping[str, Json]) -> Json:
    here: Json = dict(context)
    for step in _STEP.findall(path):
        like = _LIKE.fullmatch(step)
        if like is not None:
            here = _select(here, like, context)
        elif isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list):
            here = _member(here, step)
        else:
            return None
    return here


def _member(members: list[Json], step: str) -> Json:
    if step.isdecimal():
        return members[int(step)] if int(step) < len(members) else None
    matches = (member for member in members if isinstance(member, dict) and member.get("name") == step)
    return next(matches, None)


def _select(members: Json, like: re.Match[str], context: Mapping[str, Json]) -> Json:
    name, expected = like[1], _find(like[2], context)
    if expected is None or not isinstance(members, list):
        return None
    alike = (member for member in members if isinstance(member, dict) and member.get(name) == expected)
    return next(alike, None)


def addresses(config: Json) -> list[str]:
    """Return the addresses that a configuration's own file names, without placeholders.

    Examples
    --------
    >>> addresses({"help": "http://127.0.0.1:8765/received", "rest": "${rest_apis.0.url}", "title": "Shop"})
    ['http://127.0.0.1:8765/received']
    """
    match config:
        case dict():
            return [address for value in config.values() for address in addresses(value)]
        case list():
            return [address for value in config for address in addresses(value)]
        case str() if _ADDRESS.fullmatch(config):
            return [config]
        case _:
            return []
