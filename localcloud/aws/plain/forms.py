"""AWS's query protocol: a form out, XML in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from xml.etree import ElementTree

from localcloud.aws.plain.operations import Operation, Service

_BOOLEANS: Final = {"true": True, "false": False}


def form_of(service: Service, operation: Operation, arguments: dict[str, object]) -> bytes:
    """Return the form of a call.

    Examples
    --------
    >>> form_of(Service({}, "2010-05-15"), Operation("DeleteStack"), {"StackName": "a", "Names": ["b"]})
    b'Action=DeleteStack&Version=2010-05-15&StackName=a&Names.member.1=b'
    """
    fields = [("Action", operation.name), ("Version", service.version)]
    for name, value in arguments.items():
        fields += _fields(name, value)
    return urlencode(fields).encode()


def _fields(name: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case bool():
            yield name, str(value).lower()
        case list():
            for number, item in enumerate(value, 1):
                yield from _fields(f"{name}.member.{number}", item)
        case dict():
            for key, item in value.items():
                yield from _fields(f"{name}.{key}", item)
        case _:
            yield name, str(value)


def result_of(service: Service, operation: Operation, body: bytes) -> dict[str, object]:
    """Return the result of an answer."""
    for element in _root(body):
        if element.tag == f"{operation.name}Result":
            return {child.tag: _value(service, child) for child in element}
    return {}


def error_of(body: bytes) -> tuple[str, str]:
    """Return the code and the message of an answer that is an error; empty where it has none."""
    try:
        root = _root(body)
    except ElementTree.ParseError:
        return "", ""
    return root.findtext(".//Code") or "", root.findtext(".//Message") or ""


def _root(body: bytes) -> ElementTree.Element:
    root = ElementTree.fromstring(body)  # noqa: S314 - the engine's own
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _value(service: Service, element: ElementTree.Element) -> object:
    children = list(element)
    if element.tag in service.lists:
        return [_value(service, child) for child in children]
    if children:
        return {child.tag: _value(service, child) for child in children}
    text = element.text or ""
    if element.tag in service.times and text:
        return datetime.fromisoformat(text)
    return _BOOLEANS.get(text, text) if element.tag in {"DisableRollback", "NoEcho"} else text
