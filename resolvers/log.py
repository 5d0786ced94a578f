"""One structured logger for all handlers; the order's id is the correlation id everywhere.

Logged are ids, versions, statuses, counts and times. Never logged: card tokens, names of items
or people, tokens of any kind, whole events.
"""

from __future__ import annotations

from aws_lambda_powertools.logging import Logger

logger = Logger(service="orderwire", log_uncaught_exceptions=False)
