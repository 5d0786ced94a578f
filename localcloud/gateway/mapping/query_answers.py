"""Answers of the older Query protocol (SQS, SNS) as API Gateway gets them: in JSON.

An integration asks for ``application/json``, and these services write their answers so; the engine writes
XML alone. That is why templates on AWS read ``$.SendMessageResponse.SendMessageResult.MessageId``.
"""

from __future__ import annotations

import json
from typing import Final, TypeAlias
from xml.etree import ElementTree as ET

Document: TypeAlias = "dict[str, Document] | list[Document] | str | None"
_ERROR: Final = "ErrorResponse"
# What is written as null where there is nothing to say.
_NULLS: Final = {
    "SendMessageResult": ("MD5OfMessageAttributes", "MD5OfMessageSystemAttributes", "SequenceNumber"),
    "PublishResult": ("SequenceNumber",),
    "Message": ("Attributes", "MD5OfMessageAttributes", "MessageAttributes"),
}
_MESSAGES: Final = "ReceiveMessageResult"


def in_json(answer: str) -> str:
    """Return an answer of SQS or SNS in JSON; one that is no XML as it is.

    Examples
    --------
    >>> in_json("<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>")
    '{"PublishResponse": {"PublishResult": {"SequenceNumber": null, "MessageId": "m"}}}'
    """
    try:
        root = ET.fromstring(answer)  # noqa: S314 - the engine's own
    except ET.ParseError:
        return answer
    name = _name(root)
    return json.dumps(_value(root) if name == _ERROR else {name: _value(root)})


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: ET.Element) -> Document:
    name = _name(element)
    if name == _MESSAGES:
        messages: list[Document] = [_message(message) for message in element]
        return {"messages": messages or None}
    if len(element) == 0:
        # A result without members is an object all the same.
        return {} if name.endswith("Result") else element.text or ""
    members: dict[str, Document] = dict.fromkeys(_NULLS.get(name, ()))
    members.update(_members(element))
    return members


def _members(element: ET.Element) -> dict[str, Document]:
    """Return an element's members; those of one name become a list."""
    members: dict[str, Document] = {}
    for below in element:
        name, value = _name(below), _value(below)
        there = members.get(name)
        if name not in members:
            members[name] = value
        elif isinstance(there, list):
            there.append(value)
        else:
            members[name] = [there, value]
    return members


def _message(element: ET.Element) -> Document:
    members: dict[str, Document] = dict.fromkeys(_NULLS["Message"])
    attributes: dict[str, Document] = {}
    for below in element:
        if _name(below) == "Attribute":
            pair = _members(below)
            attributes[str(pair.get("Name"))] = pair.get("Value")
        elif _name(below) != "MessageAttribute":
            members[_name(below)] = _value(below)
    if attributes:
        members["Attributes"] = attributes
    return members
