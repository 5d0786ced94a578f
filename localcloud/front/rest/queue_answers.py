"""SQS's answers as API Gateway gets them: the older Query protocol, in JSON.

An integration asks for ``application/json``, and SQS writes its Query answers so; the engine writes XML
alone. That is why templates on AWS read ``$.SendMessageResponse.SendMessageResult.MessageId``.
"""

from __future__ import annotations

import json
from typing import Final
from xml.etree import ElementTree as ET

# Answers whose JSON is their XML, element for element. Those with lists differ, and stay as they are.
_PLAIN: Final = frozenset(
    f"{action}Response"
    for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue")
)
_ERROR: Final = "ErrorResponse"
# What SQS writes as null where it has nothing to say.
_SENT: Final = ("MD5OfMessageAttributes", "MD5OfMessageSystemAttributes", "SequenceNumber")


def in_json(answer: str) -> str:
    """Return an answer of SQS in JSON; one that is no XML, or has lists, as it is.

    Examples
    --------
    >>> inner = "<SendMessageResult><MessageId>m</MessageId></SendMessageResult>"
    >>> in_json(f"<SendMessageResponse>{inner}</SendMessageResponse>")[:61]
    '{"SendMessageResponse": {"SendMessageResult": {"MessageId": "m'
    """
    try:
        root = ET.fromstring(answer)  # noqa: S314 - the engine's own
    except ET.ParseError:
        return answer
    name = _name(root)
    if name == _ERROR:
        return json.dumps(_value(root))
    if name not in _PLAIN:
        return answer
    document = _value(root)
    if isinstance(document, dict) and isinstance(result := document.get("SendMessageResult"), dict):
        document["SendMessageResult"] = {**dict.fromkeys(_SENT), **result}
    return json.dumps({name: document})


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: ET.Element) -> object:
    if len(element) == 0:
        return element.text or ""
    return {_name(below): _value(below) for below in element}
