"""Reading files of faults and quotas: values by name and type, and errors that say where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

MISSING = object()


class RulesError(Exception):
    """A document of faults or quotas does not have its form; the message says where and what is wanted."""


def read_rules(path: Path) -> object:
    """Read a JSON or YAML file.

    Raises
    ------
    RulesError
        It cannot be read or is neither.
    """
    try:
        document: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RulesError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RulesError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise RulesError(f"{where}: {getattr(error, 'problem', None) or 'not JSON or YAML'}") from error
    return document


class ObjectFields:
    """The members of one JSON object, taken by name; what is left over is a mistake.

    Examples
    --------
    >>> fields = ObjectFields({"service": "sqs", "rate": 2}, "faults[0]")
    >>> fields.text("service")
    'sqs'
    >>> fields.number("rate", 1.0, low=0, high=1)
    Traceback (most recent call last):
    ...
    localcloud.engine.rules.RulesError: faults[0].rate: expected a number from 0 to 1, not 2
    """

    def __init__(self, document: object, where: str) -> None:
        if not isinstance(document, Mapping):
            raise RulesError(f"{where}: expected an object, not {document!r}")
        self._members = {str(name): value for name, value in document.items()}
        self._where = where
        self._read: set[str] = set()

    def _take(self, name: str, default: object) -> object:
        self._read.add(name)
        value = self._members.get(name, default)
        if value is MISSING:
            raise RulesError(f"{self._path(name)}: is missing")
        return value

    def _path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def text(self, name: str, default: str | object = MISSING) -> str:
        """Return a string that is not empty."""
        value = self._take(name, default)
        if not isinstance(value, str) or (not value and default is MISSING):
            raise RulesError(f"{self._path(name)}: expected a text, not {value!r}")
        return value

    def number(
        self, name: str, default: float | object = MISSING, *, low: float, high: float | None = None
    ) -> float:
        """Return a number from ``low`` to ``high``."""
        value = self._take(name, default)
        ok = isinstance(value, int | float) and not isinstance(value, bool)
        if not ok or value < low or (high is not None and value > high):  # type: ignore[operator]
            expected = f"a number of at least {low}" if high is None else f"a number from {low} to {high}"
            raise RulesError(f"{self._path(name)}: expected {expected}, not {value!r}")
        return float(value)  # type: ignore[arg-type]

    def whole(self, name: str, default: int | object = MISSING, *, low: int, high: int | None = None) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self.number(name, default, low=low, high=high)
        if value != int(value):
            raise RulesError(f"{self._path(name)}: expected a whole number, not {value!r}")
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of ``choices``."""
        value = self._take(name, MISSING)
        if value not in choices:
            raise RulesError(f"{self._path(name)}: expected one of {', '.join(choices)}, not {value!r}")
        return str(value)

    def objects(self, name: str) -> list[ObjectFields]:
        """Return the fields of each object in a list."""
        value = self._take(name, MISSING)
        if not isinstance(value, list):
            raise RulesError(f"{self._path(name)}: expected a list, not {value!r}")
        return [ObjectFields(member, f"{self._path(name)}[{at}]") for at, member in enumerate(value)]

    def object(self, name: str) -> ObjectFields:
        """Return the fields of an object that may be missing."""
        return ObjectFields(self._take(name, {}), self._path(name))

    def has(self, name: str) -> bool:
        """Say whether a member is there."""
        return name in self._members

    def end(self) -> None:
        """Refuse unknown members: a misspelt one would be ignored silently."""
        unknown = sorted(self._members.keys() - self._read)
        if unknown:
            names = ", ".join(sorted(self._read))
            raise RulesError(f"{self._path(unknown[0])}: is not known here; known are {names}")
