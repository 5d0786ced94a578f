"""The trace header that goes from service to service, and the ids in it.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

import os
import re
import time
from hashlib import blake2b
from typing import Final, NamedTuple

NAME: Final = "X-Amzn-Trace-Id"
_ROOT: Final = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_PARENT: Final = re.compile(r"[0-9a-f]{16}")


class TraceHeader(NamedTuple):
    """A trace, who in it calls, and whether it is recorded.

    Attributes
    ----------
    root
        The trace's id: ``1-``, eight digits of the second it began in, ``-``, 24 random ones.
    parent
        The id of the calling segment or subsegment; empty at a trace's first service.
    sampled
        Whether the trace is recorded; None while undecided.
    """

    root: str
    parent: str = ""
    sampled: bool | None = None

    def __str__(self) -> str:
        """Return it as it is sent.

        Examples
        --------
        >>> str(TraceHeader("1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8", True))
        'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'
        """
        parent = f";Parent={self.parent}" if self.parent else ""
        sampled = "" if self.sampled is None else f";Sampled={self.sampled:d}"
        return f"Root={self.root}{parent}{sampled}"

    def below(self, parent: str) -> TraceHeader:
        """Return the header that a segment of this trace sends on."""
        return TraceHeader(self.root, parent, self.sampled)


def parse_header(text: str | None) -> TraceHeader | None:
    """Read a header; None where there is none, or one without a trace.

    Fields come in any order; what is unknown (``Self``, ``Lineage``) is left out.

    Examples
    --------
    >>> parse_header("Sampled=0;Root=1-5759e988-bd862e3fe1be46a994272793").sampled
    False
    >>> parse_header("Root=nonsense") is None
    True
    """
    if not text:
        return None
    fields: dict[str, str] = {}
    for field in text.split(";"):
        name, _, value = field.partition("=")
        fields[name.strip().lower()] = value.strip().lower()
    root, parent = fields.get("root", ""), fields.get("parent", "")
    if not _ROOT.fullmatch(root):
        return None
    sampled = {"1": True, "0": False}.get(fields.get("sampled", ""))
    return TraceHeader(root, parent if _PARENT.fullmatch(parent) else "", sampled)


def new_trace_id(now: float | None = None) -> str:
    """Return the id of a trace that begins now.

    Examples
    --------
    >>> new_trace_id(1_465_510_280.0)[:11]
    '1-5759e988-'
    """
    return f"1-{int(time.time() if now is None else now):08x}-{os.urandom(12).hex()}"


def new_segment_id() -> str:
    """Return an id for a segment or a subsegment: 16 hexadecimal digits."""
    return os.urandom(8).hex()


def derived_id(*parts: object) -> str:
    """Return a segment's id that its parts determine, so that it need not be stored.

    Examples
    --------
    >>> derived_id("execution", 7) == derived_id("execution", 7) != derived_id("execution", 8)
    True
    """
    return blake2b("\0".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def is_trace_id(text: object) -> bool:
    """Say whether a text is a trace's id in X-Ray's form."""
    return isinstance(text, str) and _ROOT.fullmatch(text) is not None


def is_segment_id(text: object) -> bool:
    """Say whether a text is the id of a segment or a subsegment."""
    return isinstance(text, str) and _PARENT.fullmatch(text) is not None
