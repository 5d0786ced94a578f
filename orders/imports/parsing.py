"""From a `CreateImportInput` as it arrives to a `NewImport`, or one exact error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from orders.canonical import utf16_length
from orders.errors import InvalidImport, InvalidOrder
from orders.imports.model import MAX_BYTES, ImportId
from orders.parsing import has_controls, parse_order_id

MAX_NAME = 255
_FIELDS = ("fileName", "size", "clientToken")


class Code(StrEnum):
    """What is wrong with an announcement, for programs."""

    REQUIRED = "REQUIRED"
    WRONG_TYPE = "WRONG_TYPE"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    NAME_LENGTH = "NAME_LENGTH"
    NAME_CHARACTERS = "NAME_CHARACTERS"
    EMPTY_FILE = "EMPTY_FILE"
    TOO_LARGE = "TOO_LARGE"
    NOT_A_UUID = "NOT_A_UUID"
    TOKEN_TAKEN = "TOKEN_TAKEN"  # noqa: S105 - a code, no secret


@dataclass(frozen=True, slots=True)
class NewImport:
    """A file that is announced."""

    file_name: str
    size: int
    import_id: ImportId | None


def parse_import(document: object, root: str = "input") -> NewImport:
    """Return the file that ``document`` announces.

    Raises
    ------
    InvalidImport
        With the path of the first fault and its `Code`.

    Examples
    --------
    >>> parse_import({"fileName": "orders.csv", "size": 120})
    NewImport(file_name='orders.csv', size=120, import_id=None)
    """
    if not isinstance(document, dict):
        refuse(root, Code.WRONG_TYPE, "must be an object")
    if document.keys() - set(_FIELDS):
        refuse(root, Code.UNKNOWN_FIELD, f"has a field that is none of {', '.join(_FIELDS)}")
    return NewImport(
        _name(document.get("fileName"), f"{root}.fileName"),
        _size(document.get("size"), f"{root}.size"),
        _token(document.get("clientToken"), f"{root}.clientToken"),
    )


def _name(value: object, path: str) -> str:
    if value is None:
        refuse(path, Code.REQUIRED, "is required")
    if not isinstance(value, str):
        refuse(path, Code.WRONG_TYPE, "must be a string")
    if not 1 <= utf16_length(value) <= MAX_NAME:
        refuse(path, Code.NAME_LENGTH, f"must have 1 to {MAX_NAME} characters")
    if has_controls(value):
        refuse(path, Code.NAME_CHARACTERS, "must have no control characters")
    return value


def _size(value: object, path: str) -> int:
    if value is None:
        refuse(path, Code.REQUIRED, "is required")
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(path, Code.WRONG_TYPE, "must be a whole number")
    if value < 1:
        refuse(path, Code.EMPTY_FILE, "the file is empty")
    if value > MAX_BYTES:
        refuse(path, Code.TOO_LARGE, f"the file must have at most {MAX_BYTES >> 20} MiB")
    return value


def _token(value: object, path: str) -> ImportId | None:
    if value is None:
        return None
    try:
        return ImportId(parse_order_id(value, path))
    except InvalidOrder as error:
        raise InvalidImport(str(error).partition(": ")[2], path=path, code=error.code) from None


def refuse(path: str, code: Code, message: str) -> NoReturn:
    """Raise `InvalidImport`."""
    raise InvalidImport(message, path=path, code=code.value)
