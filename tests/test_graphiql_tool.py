"""``tools/graphiql.py``: what is said where GraphiQL cannot be installed, and what is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "localcloud" / "graphiql"


def tool(project: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "tools/graphiql.py", *arguments],
        cwd=project,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What the tool needs of the project, and no packages."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "localcloud" / "graphiql").mkdir(parents=True)
    (tmp_path / "localcloud" / "installing").mkdir()
    for name in (
        "tools/graphiql",
        "tools/web",
        "localcloud/installing/progress",
        "localcloud/installing/commands",
    ):
        shutil.copy(ROOT / f"{name}.py", tmp_path / f"{name}.py")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FOLDER / name, tmp_path / "localcloud" / "graphiql")
    return tmp_path


def test_missing_node_is_reported_and_the_explorer_omitted(project: Path) -> None:
    done = tool(project, path=str(project))
    message = "GraphiQL: left out: node 20 or newer with npm is needed, and node is not here\n"
    assert (done.returncode, done.stderr, done.stdout) == (0, message, "")
    assert tool(project, "--required", path=str(project)).returncode == 1
    assert tool(project, "--else", path=str(project)).returncode == 2


def test_installed_packages_are_not_installed_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = project / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text('#!/bin/sh\necho "$@" >> "$CALLS"\nmkdir -p node_modules\n')
    (npm.parent / "node").write_text("#!/bin/sh\necho v20.19.0\n")
    for file in npm.parent.iterdir():
        file.chmod(0o755)
    calls = project / "calls"
    monkeypatch.setenv("CALLS", str(calls))
    path = f"{npm.parent}:{os.environ['PATH']}"
    assert [tool(project, path=path).returncode for _ in range(2)] == [0, 0]
    assert calls.read_text() == "ci --no-audit --no-fund --ignore-scripts\n"
    lock = project / "localcloud" / "graphiql" / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert tool(project, path=path).returncode == 0
    assert calls.read_text().count("\n") == 2


def test_the_lock_names_no_registry_and_the_versions_are_exact() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text())
    assert not any("resolved" in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
