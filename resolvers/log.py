"""One structured logger for all handlers; the order's id is the correlation id everywhere.

Logged are ids, versions, statuses, counts and times. Never logged: card tokens, names of items
or people, tokens of any kind, whole events.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from types import FrameType
from typing import Final, TextIO, cast

from aws_lambda_powertools.logging import Logger

from orders.adapters.xray.header import VARIABLE

_OTHER_FORMS: Final = frozenset({"exc_info", "stack_info", "stacklevel", "extra"})
_encode: Final = json.JSONEncoder(default=str, separators=(",", ":"), ensure_ascii=False).encode


class LineLogger(Logger):
    """Powertools' logger, with a short way for the lines that every task and every change writes.

    An `info` of a text and keys becomes the line that Powertools makes of it, without a record, a walk over
    the stack and a look for JSON in the text, which take most of its time. A test compares the lines.

    Examples
    --------
    >>> LineLogger(service="orderwire").info("task done", task="reserve stock")  # doctest: +SKIP
    {"level":"INFO","location":"handler:30","message":"task done",...,"task":"reserve stock"}
    """

    def info(self, msg: object, *args: object, **keys: object) -> None:
        """Write a line with these keys."""
        if args or not isinstance(msg, str) or not _OTHER_FORMS.isdisjoint(keys):
            super().info(msg, *args, **{"stacklevel": 3, **keys})  # type: ignore[arg-type]
        elif self._logger.isEnabledFor(logging.INFO):
            self._write(msg, keys, sys._getframe(1))

    def _write(self, message: str, keys: dict[str, object], caller: FrameType) -> None:
        now, trace = time.time(), os.environ.get(VARIABLE, "")
        line: dict[str, object] = {
            **self.get_current_keys(),
            "level": "INFO",
            "location": f"{caller.f_code.co_name}:{caller.f_lineno}",
            "message": message,
            "timestamp": time.strftime(f"%Y-%m-%d %H:%M:%S,{int(now % 1 * 1000):03}%z", time.localtime(now)),
            **keys,
            "xray_trace_id": trace.partition(";")[0].replace("Root=", "") or None,
        }
        text = _encode({name: value for name, value in line.items() if value is not None})
        stream = cast("logging.StreamHandler[TextIO]", self.registered_handler).stream
        stream.write(f"{text}\n")  # at once: threads' lines do not mix
        stream.flush()


logger = LineLogger(service="orderwire", log_uncaught_exceptions=False)
