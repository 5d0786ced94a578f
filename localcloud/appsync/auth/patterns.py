"""Regular expressions that a template brings: an invalid one admits no client, and is logged."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

log = logging.getLogger(__name__)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error as problem:
        log.warning("The pattern %r is not valid, so it admits no client: %s", pattern, problem)
        return None


def fits(pattern: str, text: str) -> bool:
    """Return whether the whole of a text fits a pattern.

    Examples
    --------
    >>> fits("web|app", "app"), fits("web|app", "apple")
    (True, False)
    """
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(text) is not None
