"""Packages from npm, pinned by a lock file beside their ``package.json``; installed when first needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def needs(*programs: str) -> None:
    """Skip the test where a program is missing, and say so."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")


def installed(folder: Path) -> Path:
    """Return ``node_modules`` of ``folder``, holding what its lock file names; skip when npm cannot."""
    needs("npm")
    modules = folder / "node_modules"
    stamp, lock = modules / ".package-lock.json", folder / "package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "CI": "1"},
        )
        if done.returncode != 0:
            pytest.skip(f"npm could not install {folder.name}: {done.stderr.strip()[-300:]}")
    return modules
