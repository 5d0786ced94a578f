"""The trace header, which goes from service to service: ``Root=1-…;Parent=…;Sampled=1``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = "_X_AMZN_TRACE_ID"
"""Where Lambda's runtime puts the header of an invocation."""

LONGEST = 256
"""Characters of a header that Step Functions takes."""

ONE_IN = 20
"""Of the orders whose way in has left the decision open, so many are traced: X-Ray's own default."""

_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}", re.ASCII)
_PARENT = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """A header's three fields; a decision that is still open is None.

    Attributes
    ----------
    root : str
        The trace's id.
    parent : str or None
        The segment that called.
    sampled : bool or None
        Whether the trace is recorded.
    """

    root: str
    parent: str | None = None
    sampled: bool | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether to write; the id settles an open decision, so that everyone decides the same.

        Examples
        --------
        >>> TraceHeader("1-6569a0c0-000000000000000000000014").is_recorded
        True
        >>> TraceHeader("1-6569a0c0-000000000000000000000015").is_recorded
        False
        """
        return int(self.root[-8:], 16) % ONE_IN == 0 if self.sampled is None else self.sampled

    def __str__(self) -> str:
        parts = [f"Root={self.root}"]
        if self.parent is not None:
            parts.append(f"Parent={self.parent}")
        if self.sampled is not None:
            parts.append(f"Sampled={self.sampled:d}")
        return ";".join(parts)


def parse_header(text: object) -> TraceHeader | None:
    """Return the header that ``text`` is, or None: what cannot be read is no trace, and no error either.

    Examples
    --------
    >>> parse_header("Self=1-67891234-a;Root=1-6569a0c0-0123456789abcdef01234567;Sampled=1")
    TraceHeader(root='1-6569a0c0-0123456789abcdef01234567', parent=None, sampled=True)
    >>> parse_header("Root=7")
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    pairs = (part.strip().partition("=") for part in text.split(";"))
    fields = {name: value for name, _, value in pairs}
    root, parent = fields.get("Root", ""), fields.get("Parent", "")
    if not _ROOT.fullmatch(root):
        return None
    return TraceHeader(
        root=root,
        parent=parent if _PARENT.fullmatch(parent) else None,
        sampled={"0": False, "1": True}.get(fields.get("Sampled", "")),
    )


def current(environment: Mapping[str, str] = os.environ) -> TraceHeader | None:
    """Return the header of this invocation."""
    return parse_header(environment.get(VARIABLE))


def current_text(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the header of this invocation as it is sent on, and kept with an order."""
    header = current(environment)
    return None if header is None else str(header)
