"""Segments and subsegments as X-Ray takes them: what was done, from when to when, and what went wrong.

Sources: "AWS X-Ray segment documents" in X-Ray's developer guide, and what aws-xray-sdk 2.15 sends.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Mapping
from typing import TypeAlias

from orders.adapters.xray.header import TraceHeader
from orders.errors import OrderwireError

Annotation: TypeAlias = str | int | float | bool
Document: TypeAlias = dict[str, object]

FRAMES = 10
"""Of an exception's stack, the innermost."""


class Span:
    """Something that took time; annotations are what traces are searched by.

    Parameters
    ----------
    name : str
        What was done.
    started : float, optional
        Seconds since 1970; now without.
    remote : bool
        Whether another service did it: X-Ray draws that as a node of its own.

    Examples
    --------
    >>> span = Span("appsync", started=1.0)
    >>> span.close(1.5)
    >>> sorted(span.document())
    ['end_time', 'id', 'name', 'start_time']
    """

    def __init__(self, name: str, *, started: float | None = None, remote: bool = False) -> None:
        self.name = name
        self.id = os.urandom(8).hex()
        self.children: list[Span] = []
        self._exception_id = os.urandom(8).hex()
        self._started = time.time() if started is None else started
        self._ended: float | None = None
        self._remote = remote
        self._annotations: dict[str, Annotation] = {}
        self._metadata: dict[str, dict[str, object]] = {}
        self._error: BaseException | None = None
        self._cause: str | Document | None = None

    def annotate(self, key: str, value: Annotation) -> None:
        """Say something that traces can be searched by; ``key`` has letters, digits and underscores."""
        self._annotations[key] = value

    def add_metadata(self, key: str, value: object, namespace: str = "default") -> None:
        """Say something that is shown, and not searched by."""
        self._metadata.setdefault(namespace, {})[key] = value

    def fail(self, error: BaseException) -> None:
        """Note what went wrong: where, and in our own words; a library's may repeat what a customer sent.

        What went wrong within a part already is reported once.
        """
        within = next((child for child in self.children if child._error is error), None)
        self._error = error
        if within is not None:
            self._exception_id = within._exception_id
            self._cause = within._exception_id
            return
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        exception = {
            "id": self._exception_id,
            "message": str(error) if isinstance(error, OrderwireError) else "",
            "type": type(error).__name__,
            "remote": False,
            "stack": [
                {"path": frame.filename.rpartition("/")[2], "line": frame.lineno, "label": frame.name}
                for frame in reversed(frames)
            ],
        }
        self._cause = {"exceptions": [exception]}

    def close(self, ended: float | None = None) -> None:
        """Note when it ended."""
        self._ended = time.time() if ended is None else ended

    def document(self) -> Document:
        """Return the span as it stands within another."""
        document: Document = {
            "id": self.id,
            "name": self.name,
            "start_time": self._started,
            "end_time": self._started if self._ended is None else self._ended,
        }
        if self._remote:
            document["namespace"] = "remote"
        if self._annotations:
            document["annotations"] = self._annotations
        if self._metadata:
            document["metadata"] = self._metadata
        if self._cause is not None:
            document["fault"] = True
            document["cause"] = self._cause
        if self.children:
            document["subsegments"] = [child.document() for child in self.children]
        return document


def as_segment(span: Span, header: TraceHeader) -> Document:
    """Return a document of a service of ours, called by ``header``'s parent."""
    called: Mapping[str, object] = {} if header.parent is None else {"parent_id": header.parent}
    return {**span.document(), "trace_id": header.root, **called}


def as_subsegment(span: Span, header: TraceHeader) -> Document:
    """Return a document of a part of the segment ``header.parent``, which Lambda itself writes.

    Raises
    ------
    ValueError
        The header names no parent: there is no segment that this could be a part of.
    """
    if header.parent is None:
        raise ValueError("a subsegment needs a parent")
    return {
        **span.document(),
        "trace_id": header.root,
        "parent_id": header.parent,
        "type": "subsegment",
    }
