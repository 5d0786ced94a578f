"""Virtual environments that hold exactly what hashed lock files name.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from localcloud.installing.commands import CommandFailed, Commands
from localcloud.installing.progress import TaskProgress

STAMP = ".requirements"


class InstallError(Exception):
    """An environment cannot be created; the message says what the user can do."""


def digest(files: Sequence[Path]) -> str:
    """Return one digest over the interpreter and the contents of ``files``."""
    sha = hashlib.sha256(sys.version.encode())
    for file in files:
        sha.update(file.read_bytes())
    return sha.hexdigest()


class Installation:
    """How far pip is with a folder of packages: it says what it collects, and the folder what it has.

    Parameters
    ----------
    folder
        Where packages get to, each with a ``.dist-info``.
    files
        The lock files: each package is a line with its version.
    """

    def __init__(self, folder: Path, files: Sequence[Path]) -> None:
        pinned = re.compile(r"^[A-Za-z0-9][\w.\-\[\]]*==", re.MULTILINE)
        self.total = sum(len(pinned.findall(file.read_text())) for file in files)
        self._folder = folder
        self._collected = 0
        self._installing = False

    def line(self, line: str) -> None:
        """Take a line that pip prints."""
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            self._collected += 1
            self._installing = False
        elif line.startswith("Installing collected packages"):
            self._installing = True

    def __str__(self) -> str:
        if self._installing:
            done = sum(1 for _ in self._folder.glob("*.dist-info"))
            return f"installing, {min(done, self.total)} of {self.total} packages"
        return f"downloading, {min(self._collected, self.total)} of {self.total} packages"


class Environments:
    """Creates environments, and shows how far it is.

    Each environment keeps the digests of the lock files that it was created from, so that a second call does
    nothing, in a few milliseconds.

    Parameters
    ----------
    cwd
        The folder that pip runs in.
    """

    def __init__(self, progress: TaskProgress, commands: Commands, *, cwd: Path) -> None:
        self._progress = progress
        self._commands = commands
        self._cwd = cwd

    def create(self, folder: Path, files: Sequence[Path]) -> None:
        """Make ``folder`` hold exactly what the lock files name, unless it does already.

        Raises
        ------
        InstallError
        """
        if is_complete(folder, files):
            return
        started = time.monotonic()
        stamp = folder / STAMP
        stamps = stamp.read_text().split() if stamp.exists() else []
        if not stamps or stamps[0] != digest([]):  # never finished, or created by another Python
            with self._progress.task(folder.name, lambda: "creating the environment"):
                self._create_venv(folder)
            stamps = [digest([])]
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        installation = Installation(folder / "lib" / version / "site-packages", files)
        with self._progress.task(folder.name, lambda: str(installation)):
            for file in files:
                self.pip(
                    folder / "bin" / "python",
                    installation,
                    f"installing {file.name}",
                    ["--require-hashes", "--no-deps", "-r", str(file)],
                )
        stamp.write_text("\n".join([*stamps, *(digest(files[: n + 1]) for n in range(len(files)))]) + "\n")
        seconds = time.monotonic() - started
        self._progress.say(f"{folder.name}: {installation.total} packages, ready in {seconds:.0f} s")

    def pip(self, python: Path, installation: Installation, label: str, arguments: Sequence[str]) -> None:
        """Run ``pip install`` with an interpreter; on failure show what it printed last."""
        pip = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        self._run(label, [*pip, "--progress-bar", "off", *arguments], installation)

    def _create_venv(self, folder: Path) -> None:
        """Create a virtual environment with pip, or say which Debian package is missing."""
        try:
            self._run(f"creating {folder.name}", [sys.executable, "-m", "venv", "--clear", str(folder)])
        except InstallError as error:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            shutil.rmtree(folder, ignore_errors=True)
            raise InstallError(
                f"{error}\nPython's venv module is incomplete here. On Debian or Ubuntu: "
                f"apt-get install python{version}-venv"
            ) from error

    def _run(self, label: str, command: list[str], installation: Installation | None = None) -> None:
        try:
            on_line = installation.line if installation else lambda line: None
            self._commands.run(command, cwd=self._cwd, on_line=on_line)
        except CommandFailed as failed:
            # pip says of each attempt that it failed, and at the end once more.
            lines = [line for line in str(failed).splitlines() if not line.startswith("WARNING: Retrying")]
            raise InstallError("\n".join([f"{label} failed:", *lines])) from failed


def is_complete(folder: Path, files: Sequence[Path]) -> bool:
    """Say whether an environment holds what the lock files name."""
    stamp = folder / STAMP
    return stamp.exists() and digest(files) in stamp.read_text().split()
