"""Requests for forks: a whole one for the prepared parent, and the differences for a template."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.functions.blueprint import Blueprint
from localcloud.functions.fork_server.messages import Fork


def whole(
    number: int, blueprint: Blueprint, command: list[str], variables: dict[str, str], bundled: list[str]
) -> Fork:
    """Return the request for a fork that has nothing of its parent's surroundings."""
    folders = [str(folder) for folder in blueprint.import_path]
    return Fork(number, command, variables, None, folders, bundled)


def changes(number: int, before: Mapping[str, str], after: Mapping[str, str]) -> Fork:
    """Return the request for a template's fork: the variables that it has and the template has not so.

    Examples
    --------
    >>> request = changes(1, {"A": "1", "B": "2", "C": "3"}, {"A": "1", "B": "4"})
    >>> request.environment, request.unset
    ({'B': '4'}, ['C'])
    """
    different = {name: value for name, value in after.items() if before.get(name) != value}
    return Fork(number, [], different, [name for name in before if name not in after], [], [])
