"""A template's parameters, as a command line names them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from localcloud.stack.parameter_types import described, example, plain, problem
from localcloud.stack.template import Json


class UsageError(Exception):
    """An option's value is not one, or one is missing."""


def pairs(options: Sequence[str], option: str = "--parameter") -> dict[str, str]:
    """Return what ``--parameter KEY=VALUE`` named.

    Examples
    --------
    >>> pairs(["Stage=test", "Url=http://a/?b=c"])
    {'Stage': 'test', 'Url': 'http://a/?b=c'}

    Raises
    ------
    UsageError
        One has no ``=``.
    """
    values: dict[str, str] = {}
    for pair in options:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise UsageError(f"{option} {pair!r}: expected KEY=VALUE")
        values[key] = value
    return values


def folders(options: Sequence[str]) -> dict[str, str]:
    """Return what ``--bucket NAME=FOLDER`` named: the folder of each bucket.

    Raises
    ------
    UsageError
        One has no ``=`` or no folder, or there is no such folder.
    """
    named = pairs(options, "--bucket")
    for name, folder in named.items():
        if not folder:  # as a path, the folder of the process: a variable of a script was empty
            raise UsageError(f"--bucket {name}=: names no folder")
        if not Path(folder).is_dir():
            raise UsageError(f"--bucket {name}={folder}: there is no folder {folder}")
    return named


def declared(template: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """Return the parameters that a template declares.

    Examples
    --------
    >>> declared({"Parameters": {"Stage": {"Type": "String"}}})
    {'Stage': {'Type': 'String'}}
    """
    section = template.get("Parameters")
    bodies = section.items() if isinstance(section, dict) else ()
    return {name: body for name, body in bodies if isinstance(body, dict)}


def parameter_values(template: Mapping[str, Json], options: Sequence[str]) -> dict[str, str]:
    """Return the given parameters, held against those that the template declares.

    Raises
    ------
    UsageError
        The template has no such parameter, or it does not take the value.
    """
    values = pairs(options)
    declared_names = declared(template)
    for key in values:
        if key not in declared_names:
            names = ", ".join(sorted(declared_names)) or "none"
            raise UsageError(f"the template has no parameter {key}; it has: {names}")
    check_values(template, values)
    return values


def check_values(template: Mapping[str, Json], values: Mapping[str, str]) -> None:
    """Hold values, and the defaults of the parameters that have none, against what each parameter takes.

    Raises
    ------
    UsageError
        All that are not taken are named.
    """
    wrong: list[str] = []
    for name, body in declared(template).items():
        value_text = values.get(name)
        value = plain(body["Default"]) if value_text is None and "Default" in body else value_text
        constraint = None if value is None else problem(body, value)
        if constraint is not None:
            what = f"the default {value!r} of {name}" if value_text is None else f"--parameter {name}={value}"
            wrong.append(f"{what}: {name} {constraint}")
    if wrong:
        raise UsageError("\n".join(wrong))


def check_complete(template: Mapping[str, Json], values: Mapping[str, str], what: str) -> None:
    """Ask for the parameters that have neither a value nor a default, all at once.

    Parameters
    ----------
    what
        The template, for the message.

    Raises
    ------
    UsageError
    """
    missing = {
        name: body
        for name, body in declared(template).items()
        if name not in values and "Default" not in body
    }
    if missing:
        examples = {name: shlex.quote(f"{name}={example(body)}") for name, body in missing.items()}
        options = {name: f"--parameter {pair}" for name, pair in examples.items()}
        width = max(map(len, options.values()))
        lines = [f"  {options[name]:<{width}}  {described(body)}" for name, body in missing.items()]
        these = "this parameter has" if len(missing) == 1 else f"these {len(missing)} parameters have"
        raise UsageError(f"{what}: {these} no default; give:\n" + "\n".join(lines))
