"""What a pipe makes of records: their form, input templates, and parameters that are paths.

Sources: "Amazon EventBridge Pipes input transformation" and "Amazon EventBridge Pipes sources".
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from localcloud.deliveries.facade import MissingPath, find_path, render_template, template_names
from localcloud.functions.pipes.definition import Pipe

Event = dict[str, Any]
_dense: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def event_of(record: Mapping[str, Any]) -> Event:
    """Return a record as pipes have it: what Kinesis wrote is not below a name of its own.

    Examples
    --------
    >>> event_of({"kinesis": {"data": "aGk="}, "eventSource": "aws:kinesis"})
    {'data': 'aGk=', 'eventSource': 'aws:kinesis'}
    """
    inner = record.get("kinesis")
    if not isinstance(inner, dict):
        return dict(record)
    return {**inner, **{name: value for name, value in record.items() if name != "kinesis"}}


def opened(event: Any) -> Any:
    """Return an event whose body or data is read, where that is JSON: paths lead into it.

    Examples
    --------
    >>> opened({"body": '{"id": 1}'})
    {'body': {'id': 1}}
    """
    if not isinstance(event, dict):
        return event
    if isinstance(event.get("body"), str) and event.get("eventSource") != "aws:kinesis":
        return {**event, "body": read(event["body"])}
    if isinstance(event.get("data"), str):
        try:
            text = base64.b64decode(event["data"], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return event
        return {**event, "data": read(text)}
    return event


def read(text: str) -> Any:
    """Return what a text holds as JSON; the text itself, where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def filled(template: str, event: Any, pipe: Pipe, moment: str) -> Any:
    """Return an event as its template shapes it; the event itself without one.

    Parameters
    ----------
    moment
        When the event was taken in.

    Examples
    --------
    >>> pipe = Pipe("p", "arn:aws:pipes:us-east-1:000000000000:pipe/p", "", "", "")
    >>> event = {"body": '{"id": "o-1"}'}
    >>> filled('{"order": <$.body.id>, "by": "<aws.pipes.pipe-name>"}', event, pipe, "")
    {'order': 'o-1', 'by': 'p'}
    """
    if not template:
        return event
    whole = opened(event)
    values: dict[str, Any] = {
        "aws.pipes.pipe-arn": pipe.arn,
        "aws.pipes.pipe-name": pipe.name,
        "aws.pipes.source-arn": pipe.source,
        "aws.pipes.enrichment-arn": pipe.enrichment,
        "aws.pipes.target-arn": pipe.target,
        "aws.pipes.event.ingestion-time": moment,
        "aws.pipes.event": event,
        "aws.pipes.event.json": whole,
    }
    for name in template_names(template):
        if name.startswith("$"):
            values[name] = _at(name, whole)
    return read(render_template(template, values))


def parameter(value: Any, event: Any) -> str | None:
    """Return a target's parameter, which may be a path into the event.

    Examples
    --------
    >>> parameter("$.body.id", {"body": '{"id": 7}'}), parameter("fixed", {}), parameter(None, {})
    ('7', 'fixed', None)
    """
    if value is None:
        return None
    text = str(value)
    if not text.startswith("$."):
        return text
    part = _at(text, opened(event))
    return part if isinstance(part, str) else _dense(part)


def text_of(value: Any) -> str:
    """Return what is sent: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else _dense(value)


def _at(path: str, document: Any) -> Any:
    try:
        return find_path(path, document)
    except (MissingPath, ValueError):
        return ""
