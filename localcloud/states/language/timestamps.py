"""Timestamps as Step Functions reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from localcloud.states.language.scope import Json

# ISO 8601's extended form with an offset: a T, and Z or +hh:mm. Seconds may be left out.
_FORM: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Timestamp(NamedTuple):
    """A moment: whole seconds and nanoseconds; moments compare as such."""

    moment: datetime
    nanoseconds: int

    @property
    def seconds(self) -> float:
        """Seconds since 1970."""
        return self.moment.timestamp() + self.nanoseconds / 1e9


def parse_timestamp(value: Json) -> Timestamp | None:
    """Return the moment that `value` means, or None where it is no timestamp.

    Examples
    --------
    >>> parse_timestamp("2024-01-01T00:00:00Z") == parse_timestamp("2024-01-01T01:00:00+01:00")
    True
    >>> parse_timestamp("2024-01-01 00:00:00Z") is None
    True
    """
    if not isinstance(value, str):
        return None
    match = _FORM.fullmatch(value)
    if match is None:
        return None
    whole, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(whole.upper() + offset.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Timestamp(moment, int((fraction or "").ljust(9, "0")))
