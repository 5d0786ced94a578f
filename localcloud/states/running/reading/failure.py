"""How reading fails."""

from __future__ import annotations

from typing import Final

from localcloud.states.language.errors import StatesError

READER_FAILED: Final = "States.ItemReaderFailed"


class Unreadable(StatesError):
    """A data set cannot be read.

    Examples
    --------
    >>> Unreadable("CSV headers cannot contain duplicates.").error
    'States.ItemReaderFailed'
    """

    def __init__(self, cause: str) -> None:
        super().__init__(READER_FAILED, cause)
