"""One structured line per event, without what Powertools' logger costs at import (47 ms).

Logged are ids, versions, statuses, counts and times. Never logged: card tokens, names of items
or people, tokens of any kind, whole events.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TextIO

_SERVICE = "orderwire"


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "level": record.levelname,
            "message": record.getMessage(),
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "service": _SERVICE,
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _Output(logging.StreamHandler[TextIO]):
    """Writes to what standard output is now: Lambda's bootstrap replaces it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(_Lines())

    @property
    def stream(self) -> TextIO:
        return sys.stdout

    @stream.setter
    def stream(self, value: TextIO) -> None: ...


# A name of its own: in a process that has the resolvers too, theirs is called as the service is.
logger = logging.getLogger(f"{_SERVICE}.companion")
logger.setLevel(logging.INFO)
logger.propagate = False
if not logger.handlers:
    logger.addHandler(_Output())


def info(message: str, **fields: object) -> None:
    """Log what went as it should."""
    logger.info(message, extra={"fields": fields})


def warning(message: str, **fields: object) -> None:
    """Log what an operator may want to look at."""
    logger.warning(message, extra={"fields": fields})


def exception(message: str, **fields: object) -> None:
    """Log the exception that is being handled, with its traceback."""
    logger.error(message, exc_info=True, extra={"fields": fields})
