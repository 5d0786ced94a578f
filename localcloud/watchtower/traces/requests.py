"""Requests to X-Ray's API, read with their types, and the errors that answer them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from localcloud.watchtower.traces.documents import JSON


class InvalidRequest(Exception):
    """A request that X-Ray refuses; the message is its caller's to read.

    Parameters
    ----------
    code
        The error's name, such as ``RuleLimitExceededException``.
    """

    def __init__(self, message: str, code: str = "InvalidRequestException") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class RequestFields:
    """The members of a request.

    Examples
    --------
    >>> RequestFields({"StartTime": 1.5}).number("StartTime")
    1.5
    >>> RequestFields({}).text("GroupName")
    Traceback (most recent call last):
    localcloud.watchtower.traces.requests.InvalidRequest: GroupName is required
    """

    def __init__(self, members: Mapping[str, JSON], where: str = "") -> None:
        self.members = members
        self._where = where

    @classmethod
    def read(cls, body: bytes) -> RequestFields:
        """Read a request's body; an empty one has no members.

        Raises
        ------
        InvalidRequest
            It is no JSON object.
        """
        try:
            document: JSON = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            raise InvalidRequest("The request is no JSON") from None
        if not isinstance(document, dict):
            raise InvalidRequest("The request is no JSON object")
        return cls(document)

    def has(self, name: str) -> bool:
        """Say whether a member is there."""
        return self.members.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text.

        Raises
        ------
        InvalidRequest
            It is missing and has no default, or is no text; the methods below likewise.
        """
        value = self.members.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number, or a moment in seconds since 1970."""
        value = self.members.get(name)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, "a number")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean."""
        value = self.members.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "a boolean")
        return default if value is None else value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; empty where it is missing."""
        value = self.members.get(name)
        listed = [] if value is None else value
        if not isinstance(listed, list):
            raise self._wrong(name, "a list of strings")
        texts = [item for item in listed if isinstance(item, str)]
        if len(texts) != len(listed):
            raise self._wrong(name, "a list of strings")
        return texts

    def entries(self, name: str) -> list[RequestFields]:
        """Return a list of structures; empty where it is missing."""
        value = self.members.get(name)
        listed = [] if value is None else value
        if not isinstance(listed, list):
            raise self._wrong(name, "a list")
        return [self._inner(name, item) for item in listed]

    def inner(self, name: str) -> RequestFields:
        """Return a structure; one without members where it is missing."""
        value = self.members.get(name)
        return self._inner(name, {} if value is None else value)

    def _inner(self, name: str, value: JSON) -> RequestFields:
        if not isinstance(value, dict):
            raise self._wrong(name, "a structure")
        return RequestFields(value, f"{self._where}{name}.")

    def _wrong(self, name: str, expected: str) -> InvalidRequest:
        if self.members.get(name) is None:
            return InvalidRequest(f"{self._where}{name} is required")
        return InvalidRequest(f"{self._where}{name} must be {expected}")
