"""The handlers' logger writes what Powertools would write without our settings."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from resolvers.log import logger


def test_line_is_the_one_that_powertools_writes() -> None:
    record = logging.makeLogRecord(
        {
            "msg": "ordre trouvé",
            "levelname": "INFO",
            "funcName": "handler",
            "lineno": 7,
            "correlation_id": "4b0c0f7e",
            "version": 2,
            "at": datetime(2026, 11, 30, tzinfo=UTC),
        }
    )
    theirs = LambdaPowertoolsFormatter()
    theirs.append_keys(**logger.get_current_keys())
    line = logger.registered_formatter.format(record)
    assert '"message":"ordre trouvé"' in line
    assert line == theirs.format(record)
