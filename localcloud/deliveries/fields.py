"""Members of policies, read with AWS's limits."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from localcloud.deliveries.errors import PolicyError

Json = dict[str, Any]


def parse_object(policy: str, text: str) -> Json:
    """Return a policy's text as an object.

    Parameters
    ----------
    policy
        The attribute's name, as refusals begin with it.

    Raises
    ------
    PolicyError
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{policy}: failed to parse JSON. {error}") from error
    if not isinstance(document, dict):
        raise PolicyError(f"{policy}: must be a JSON object")
    return document


class PolicyFields:
    """The members of one object of a policy.

    Parameters
    ----------
    policy
        The attribute's name.
    place
        The object's name within it.
    """

    def __init__(self, policy: str, place: str, document: Mapping[str, Any], names: Collection[str]) -> None:
        self._policy, self._place, self._document = policy, place, document
        unexpected = sorted(document.keys() - set(names))
        if unexpected:
            raise PolicyError(f"{policy}: Unexpected JSON member: {self._at(unexpected[0])}")

    def _at(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def wrong(self, name: str, reason: str) -> PolicyError:
        """Return the error that says what is wrong with a member."""
        return PolicyError(f"{self._policy}: {self._at(name)} {reason}")

    def whole(self, name: str, *, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number; ``default`` of None demands it.

        Raises
        ------
        PolicyError
        """
        value = self._document.get(name)
        if value is None:
            if default is None:
                raise self.wrong(name, "must be specified")
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, "must be an integer")
        if value < least:
            raise self.wrong(name, f"must be greater than or equal to {least}")
        if value > most:
            raise self.wrong(name, f"must be less than or equal to {most}")
        return value

    def text(self, name: str) -> str | None:
        """Return a text, or None where there is none.

        Raises
        ------
        PolicyError
        """
        value = self._document.get(name)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, "must be a string")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; without one, false.

        Raises
        ------
        PolicyError
        """
        value = self._document.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "must be true or false")
        return bool(value)

    def inner(self, name: str) -> Json | None:
        """Return an object, or None where there is none.

        Raises
        ------
        PolicyError
        """
        value = self._document.get(name)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(name, "must be a JSON object")
        return value
