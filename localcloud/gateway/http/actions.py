"""First-class integrations: an operation of a service of AWS, its parameters selected from the request.

Source: "Integration subtype reference for HTTP APIs" in API Gateway's developer guide.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from localcloud.gateway.requests import JSON

_EVENT: Final = ("Detail", "DetailType", "Source", "Time", "EventBusName", "TraceHeader")


@dataclass(frozen=True)
class Subtype:
    """An operation, what it needs and what it may be given beside that and ``Region``."""

    service: str
    target: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


SUBTYPES: Final[Mapping[str, Subtype]] = {
    "EventBridge-PutEvents": Subtype(
        "events", "AWSEvents.PutEvents", ("Detail", "DetailType", "Source"), (*_EVENT[3:], "Resources")
    ),
    "SQS-SendMessage": Subtype(
        "sqs",
        "SendMessage",
        ("QueueUrl", "MessageBody"),
        (
            *("DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId"),
            "MessageSystemAttributes",
        ),
    ),
    "SQS-ReceiveMessage": Subtype(
        "sqs",
        "ReceiveMessage",
        ("QueueUrl",),
        (
            *("AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames", "ReceiveRequestAttemptId"),
            *("VisibilityTimeout", "WaitTimeSeconds"),
        ),
    ),
    "SQS-DeleteMessage": Subtype("sqs", "DeleteMessage", ("QueueUrl", "ReceiptHandle")),
    "SQS-PurgeQueue": Subtype("sqs", "PurgeQueue", ("QueueUrl",)),
    "Kinesis-PutRecord": Subtype(
        "kinesis",
        "Kinesis_20131202.PutRecord",
        ("StreamName", "Data", "PartitionKey"),
        ("SequenceNumberForOrdering", "ExplicitHashKey"),
    ),
    "StepFunctions-StartExecution": Subtype(
        "states", "AWSStepFunctions.StartExecution", ("StateMachineArn",), ("Name", "Input")
    ),
    "StepFunctions-StartSyncExecution": Subtype(
        "states",
        "AWSStepFunctions.StartSyncExecution",
        ("StateMachineArn",),
        ("Name", "Input", "TraceHeader"),
    ),
    "StepFunctions-StopExecution": Subtype(
        "states", "AWSStepFunctions.StopExecution", ("ExecutionArn",), ("Cause", "Error")
    ),
}
"""What is served; of API Gateway's own list only ``AppConfig-GetConfiguration`` is not here."""


class MissingParameter(Exception):
    """The request holds nothing for a parameter that an operation needs; its name is the message."""


def problem_of_action(name: str, parameters: Mapping[str, str]) -> str | None:
    """Return what of an action is not right, in words that follow its subtype; None when nothing is.

    Examples
    --------
    >>> problem_of_action("SQS-SendMessage", {"QueueUrl": "q"})
    'lacks the parameter MessageBody'
    """
    subtype = SUBTYPES.get(name.partition("/")[0])
    if subtype is None:
        return f"is not served (there is {', '.join(sorted(SUBTYPES))})"
    for required in subtype.required:
        if required not in parameters:
            return f"lacks the parameter {required}"
    others = parameters.keys() - {*subtype.required, *subtype.optional, "Region"}
    return f"has no parameter {min(others)}" if others else None


def request_of(name: str, values: Mapping[str, str | None]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an operation's request.

    Raises
    ------
    MissingParameter

    Examples
    --------
    >>> request_of("SQS-PurgeQueue", {"QueueUrl": "http://q"})[1]
    b'Action=PurgeQueue&Version=2012-11-05&QueueUrl=http%3A%2F%2Fq'
    """
    subtype = SUBTYPES[name]
    for required in subtype.required:
        if values.get(required) is None:
            raise MissingParameter(required)
    present = {key: value for key, value in values.items() if value is not None and key != "Region"}
    if subtype.service == "sqs":
        # Its answers are XML on AWS as well: the gateway speaks the older protocol.
        fields = {"Action": subtype.target, "Version": "2012-11-05", **_fields(present)}
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields).encode()
    kind = "application/x-amz-json-1.0" if subtype.service == "states" else "application/x-amz-json-1.1"
    body = json.dumps(_document(subtype.service, present)).encode()
    return {"Content-Type": kind, "X-Amz-Target": subtype.target}, body


def _document(service: str, values: Mapping[str, str]) -> JSON:
    if service == "events":
        entry: dict[str, JSON] = {name: values[name] for name in _EVENT if name in values}
        if "Resources" in values:
            entry["Resources"] = _parsed(values["Resources"]) or [values["Resources"]]
        return {"Entries": [entry]}
    if service == "states":
        return {name[:1].lower() + name[1:]: value for name, value in values.items()}
    return {**values, "Data": base64.b64encode(values["Data"].encode()).decode()}


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a form; attributes are written out one by one."""
    fields: dict[str, str] = {}
    for name, value in values.items():
        document = _parsed(value) if name.endswith(("Attributes", "Names")) else None
        if isinstance(document, Mapping):
            prefix = name.removesuffix("s")
            for number, (key, attribute) in enumerate(document.items(), 1):
                fields[f"{prefix}.{number}.Name"] = key
                for part, text in attribute.items() if isinstance(attribute, Mapping) else ():
                    fields[f"{prefix}.{number}.Value.{part}"] = str(text)
        elif isinstance(document, list):
            prefix = name.removesuffix("s")
            fields |= {f"{prefix}.{number}": str(text) for number, text in enumerate(document, 1)}
        else:
            fields[name] = value
    return fields


def _parsed(text: str) -> JSON:
    try:
        document: JSON = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document
