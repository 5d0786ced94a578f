"""Another commit of this repository, checked out and set up beside the user's own checkout.

It is a worktree under ``.local/base``, by the commit's name, and its environments come from that commit's
own ``tools/setup.py``. Both stay for the next run: the set-up then finds that the digest of the lock files is
the one that the environments were made from, and takes a few milliseconds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.model import NotMeasured
from bench.sides import ROOT, Side

FOLDER = Path(".local") / "base"
SHORT = 12  # digits of a commit's name: as Git abbreviates in large repositories
SETUP_SECONDS = 900.0


def build(revision: str, say: Callable[[str], None], *, root: Path = ROOT, mode: str = "run") -> Side:
    """Return the side of a revision: a branch, a tag or a commit, as Git reads it.

    Parameters
    ----------
    mode
        What its ``tools/setup.py`` sets up for: ``run``, or ``dev`` with what the tests need.

    Raises
    ------
    NotMeasured
        There is no such revision, or it cannot be set up.
    """
    commit = commit_of(revision, root)
    folder = root / FOLDER / commit[:SHORT]
    if head(folder) != commit:
        say(f"checking out {commit[:SHORT]} in {folder.relative_to(root)}")
        _check_out(commit, folder, root)
    say(f"setting up {commit[:SHORT]}, which takes a minute the first time")
    set_up(folder, mode)
    return Side("base", folder, folder / ".venv" / "bin" / "python", commit)


def commit_of(revision: str, root: Path = ROOT) -> str:
    """Return the full name of the commit that a revision means. Raises ``NotMeasured``."""
    if revision.startswith("-"):
        raise NotMeasured(f"{revision} is no revision")
    try:
        return git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").strip()
    except NotMeasured:
        raise NotMeasured(f"{revision} is no commit of this repository") from None


def head(folder: Path) -> str | None:
    """Return the commit that is checked out in a folder, None when it is no worktree of its own."""
    if not (folder / ".git").exists():  # Git would look in the folders above
        return None
    try:
        return git(folder, "rev-parse", "HEAD").strip()
    except NotMeasured:
        return None


def set_up(folder: Path, mode: str) -> None:
    """Let a checkout make its environments. Raises ``NotMeasured``."""
    # Not the interpreter of a virtual environment: that of the other side would be a copy of this one's.
    python = getattr(sys, "_base_executable", sys.executable)
    run([python, "tools/setup.py", mode], folder, SETUP_SECONDS)


def git(folder: Path, *arguments: str) -> str:
    """Return what Git prints. Raises ``NotMeasured`` with its complaint."""
    return run(["git", *arguments], folder, 120.0)


def run(command: list[str], folder: Path, seconds: float) -> str:
    """Run a command in a folder and return what it prints.

    Raises
    ------
    NotMeasured
        It fails, or takes longer; the message has the last lines that it printed.
    """
    label = " ".join([Path(command[0]).name, *command[1:]])
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=environment(os.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotMeasured(f"`{label}`: {error}") from error
    if ended.returncode != 0:
        lines = (ended.stdout + ended.stderr).strip().splitlines()[-5:]
        raise NotMeasured(f"`{label}` failed: {' / '.join(lines) or 'it printed nothing'}")
    return ended.stdout


def _check_out(commit: str, folder: Path, root: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Forced: `make clean` removes .local, and Git then still has the worktree in its list.
    git(root, "worktree", "add", "--detach", "--force", str(folder), commit)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without those by which a hook's Git, or a virtual environment, names its own."""
    others = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    return {
        name: value for name, value in variables.items() if not name.startswith("GIT_") and name not in others
    }
