"""The environment of a function, read into a small typed model at first use.

A missing variable is an error of the first request that needs it, with the variable's name,
instead of a ``KeyError`` while Lambda imports the module.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import TypeVar, get_type_hints

from orders.errors import ConfigurationError

Settings = TypeVar("Settings")


def read(model: type[Settings], environment: Mapping[str, str] = os.environ) -> Settings:
    """Return ``model`` with each field from the variable of the same name in capitals.

    A field of type ``str | None`` may be switched off: its variable is there and empty, which reads as
    None. One that is missing is an error all the same, for a misspelt name must switch nothing off.

    Raises
    ------
    ConfigurationError
        Names every variable that is missing, or the one that is no number.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class QueueSettings:
    ...     queue_url: str
    >>> read(QueueSettings, {"QUEUE_URL": "https://sqs/queue"})
    QueueSettings(queue_url='https://sqs/queue')
    """
    types = get_type_hints(model)
    names = [field.name for field in fields(model)]  # type: ignore[arg-type]
    missing = [name.upper() for name in names if not _is_set(name.upper(), types[name], environment)]
    if missing:
        raise ConfigurationError(
            f"Set {' and '.join(missing)} in the function's environment ({model.__name__})."
        )
    values: dict[str, str | float | None] = {}
    for name in names:
        text = environment[name.upper()]
        values[name] = _number(name.upper(), text) if types[name] is float else text or None
    return model(**values)


def _is_set(variable: str, kind: object, environment: Mapping[str, str]) -> bool:
    return variable in environment if kind == (str | None) else bool(environment.get(variable))


def _number(variable: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value < float("inf"):
        raise ConfigurationError(f"{variable} must be a number above 0, not {text!r}.")
    return value
