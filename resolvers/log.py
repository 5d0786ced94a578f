"""One structured logger for all handlers; the order's id is the correlation id everywhere.

Logged are ids, versions, statuses, counts and times. Never logged: card tokens, names of items
or people, tokens of any kind, whole events.
"""

from __future__ import annotations

import json

from aws_lambda_powertools.logging import Logger

logger = Logger(
    service="orderwire",
    log_uncaught_exceptions=False,
    # As Powertools writes a line, but by an encoder that is made once.
    json_serializer=json.JSONEncoder(default=str, separators=(",", ":"), ensure_ascii=False).encode,
    # Messages are sentences: Powertools would read each as JSON, and have an exception say that it is none.
    json_deserializer=str,
)
