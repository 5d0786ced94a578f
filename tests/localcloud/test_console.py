"""What the terminal shows."""

from __future__ import annotations

import logging

import pytest

from localcloud.command_line.console import Console


def test_console_prints_the_arn_of_a_secret_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("localcloud")
    before, level = logger.handlers[:], logger.level
    try:
        Console(quiet=False, log_file=None).warning("arn:aws:secretsmanager:us-east-1:000000000000:secret:db")
    finally:
        logger.handlers[:] = before
        logger.setLevel(level)
    assert "000000000000:secret:db" in capsys.readouterr().err
