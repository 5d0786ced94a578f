"""Where an order came from, if it was not sent by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportLine:
    """The line of a file that an order was imported from."""

    import_id: str
    line: int
