"""The page's own checks: its linter, and the tests of its parts that need no browser."""

from __future__ import annotations

import subprocess

import pytest

from tools import web

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("script", ["lint", "test"])
def test_npm_checks_pass(built: None, script: str) -> None:
    done = subprocess.run(["npm", "run", script], cwd=web.WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
