"""Reading a request document, with AppSync's words for what is missing in it."""

from __future__ import annotations

from localcloud.appsync.datasources import elements
from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.definition import JSON

Document = dict[str, JSON]


def _wrong(path: str, expected: str) -> RequestInvalid:
    return RequestInvalid(f"Unsupported value for field '{elements.place(path)}': {expected} is expected.")


def document(value: JSON) -> Document:
    """Return the request document itself."""
    if not isinstance(value, dict):
        msg = "the request handler returned no object: a data source takes a request document"
        raise RequestInvalid(msg)
    return value


def required(value: Document, name: str, path: str = "") -> JSON:
    """Return a field that must be there."""
    member = value.get(name)
    if member is None:
        msg = f"Value for field '{elements.place(path + name)}' not found."
        raise RequestInvalid(msg)
    return member


def text(value: Document, name: str, path: str = "") -> str:
    """Return a string that must be there."""
    member = required(value, name, path)
    if not isinstance(member, str):
        raise _wrong(path + name, "a string")
    return member


def optional_text(value: Document, name: str) -> str | None:
    """Return a string, or None."""
    return None if value.get(name) is None else text(value, name)


def mapping(value: Document, name: str, path: str = "") -> Document:
    """Return an object that must be there."""
    member = required(value, name, path)
    if not isinstance(member, dict):
        raise _wrong(path + name, "an object")
    return member


def optional_mapping(value: Document, name: str, path: str = "") -> Document:
    """Return an object, or an empty one."""
    return {} if value.get(name) is None else mapping(value, name, path)


def items(value: Document, name: str, path: str = "") -> list[JSON]:
    """Return a list that must be there."""
    member = required(value, name, path)
    if not isinstance(member, list):
        raise _wrong(path + name, "a list")
    return member


def objects(value: Document, name: str, path: str = "") -> list[Document]:
    """Return a list of objects that must be there."""
    documents: list[Document] = []
    for item in items(value, name, path):
        if not isinstance(item, dict):
            raise _wrong(path + name, "a list of objects")
        documents.append(item)
    return documents
