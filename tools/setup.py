"""Make the project's environments from its pinned, hashed requirements.

``python3 tools/setup.py run`` makes what ``make run`` needs, ``dev`` adds what the tests need: more packages,
and an environment for checkov, whose pins nothing else could live with.
Standard library only: it runs before anything is installed. A second call does nothing, in
a few milliseconds: each environment keeps the digest of the lock files it was made from.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

# Run as a script, Python looks for modules in this folder alone.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.commands import CommandFailed, Commands
from tools.companion_project import ROOT, ProjectError, packages
from tools.progress import Progress

REQUIREMENTS = ROOT / "requirements"
LAYER = ROOT / "build" / "layer"
# What the template's functions run on, which need not be this machine: Runtime and Architectures.
RUNTIME = ("3.13", "manylinux2014_aarch64")


class SetupError(Exception):
    """The set-up cannot go on; the message says what the user can do."""


def digest(files: list[Path]) -> str:
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

    def __init__(self, folder: Path, files: list[Path]) -> None:
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


class Setup:
    """What a set-up has in common: its commands, and what it shows."""

    def __init__(self, progress: Progress, commands: Commands) -> None:
        self._progress = progress
        self._commands = commands

    def environment(self, folder: Path, locks: list[str]) -> None:
        """Make ``folder`` hold exactly what the lock files name, unless it does already."""
        files = [REQUIREMENTS / lock for lock in locks]
        stamp = folder / ".requirements"
        wanted = digest(files)
        if stamp.exists() and wanted in stamp.read_text().split():
            return
        started = time.monotonic()
        stamps = stamp.read_text().split() if stamp.exists() else []
        if not stamps or stamps[0] != digest([]):  # never finished, or made by another Python
            with self._progress.task(folder.name, lambda: "making the environment"):
                self._make_venv(folder)
            stamps = [digest([])]
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        installation = Installation(folder / "lib" / version / "site-packages", files)
        with self._progress.task(folder.name, lambda: str(installation)):
            for file in files:
                self._pip(
                    folder / "bin" / "python",
                    installation,
                    f"installing {file.name}",
                    ["--require-hashes", "--no-deps", "-r", str(file)],
                )
        stamp.write_text("\n".join([*stamps, *(digest(files[: n + 1]) for n in range(len(files)))]) + "\n")
        seconds = time.monotonic() - started
        self._progress.say(f"{folder.name}: {installation.total} packages, ready in {seconds:.0f} s")

    def _make_venv(self, folder: Path) -> None:
        """Make a virtual environment with pip, or say which Debian package is missing."""
        try:
            self._run(f"making {folder.name}", [sys.executable, "-m", "venv", "--clear", str(folder)])
        except SetupError as error:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            shutil.rmtree(folder, ignore_errors=True)
            raise SetupError(
                f"{error}\nPython's venv module is incomplete here. On Debian or Ubuntu: "
                f"apt-get install python{version}-venv"
            ) from error

    def _pip(self, python: Path, installation: Installation, label: str, arguments: list[str]) -> None:
        pip = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        self._run(label, [*pip, "--progress-bar", "off", *arguments], installation)

    def _run(self, label: str, command: list[str], installation: Installation | None = None) -> None:
        """Run ``command`` quietly; on failure show what it printed last."""
        try:
            on_line = installation.line if installation else lambda line: None
            self._commands.run(command, cwd=ROOT, on_line=on_line)
        except CommandFailed as failed:
            raise SetupError(f"{label} failed:\n{failed}") from failed

    def layer(self) -> None:
        """Build the Lambda layer from the functions' own lock, for the runtime that they have on AWS."""
        lock = REQUIREMENTS / "functions.txt"
        stamp = LAYER.parent / "layer.stamp"
        wanted = "-".join((digest([lock]), *RUNTIME))
        if stamp.exists() and stamp.read_text() == wanted and LAYER.is_dir():
            return
        # Made beside the old one and swapped: a local cloud may be running from that.
        fresh, old = LAYER.with_suffix(".new"), LAYER.with_suffix(".old")
        shutil.rmtree(fresh, ignore_errors=True)
        (fresh / "python").mkdir(parents=True)
        python = ROOT / ".venv" / "bin" / "python"
        version, platform = RUNTIME
        installation = Installation(fresh / "python", [lock])
        with self._progress.task("Lambda layer", lambda: str(installation)):
            self._pip(
                python if python.exists() else Path(sys.executable),
                installation,
                "building the Lambda layer",
                ["--no-deps", "--require-hashes", "--no-compile"]
                + ["--implementation", "cp", "--python-version", version, "--platform", platform]
                + ["--only-binary", ":all:", "--target", str(fresh / "python"), "-r", str(lock)],
            )
        shutil.rmtree(old, ignore_errors=True)
        if LAYER.exists():
            LAYER.rename(old)
        fresh.rename(LAYER)
        shutil.rmtree(old, ignore_errors=True)
        stamp.write_text(wanted)

    def companion(self) -> None:
        """Install what the companion's package carries."""
        with self._progress.task("companion", lambda: "installing its packages"):
            packages()


def main(arguments: list[str]) -> int:
    """Set up for ``run`` or ``dev``; all environments at once, since most of it is waiting."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must be told, not shown a traceback
        print(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    if arguments not in (["run"], ["dev"]):
        print(__doc__, file=sys.stderr)
        return 2
    locks = ["run.txt"] if arguments == ["run"] else ["run.txt", "dev.txt"]
    failures: list[Exception] = []
    commands = Commands()

    def attempt(*steps: Callable[[], None]) -> None:
        try:
            for step in steps:
                step()
        except (SetupError, ProjectError) as error:
            failures.append(error)

    with Progress("setup", stream=sys.stdout) as progress:
        setup = Setup(progress, commands)
        jobs: list[tuple[Callable[[], None], ...]] = [
            (lambda: setup.environment(ROOT / ".venv-engine", ["engine.txt"]),),
            (lambda: setup.environment(ROOT / ".venv", locks), setup.layer, setup.companion),
        ]
        if arguments == ["dev"]:
            jobs.append((lambda: setup.environment(ROOT / ".venv-checkov", ["checkov.txt"]),))
        # Ctrl-C reaches the main thread alone: were it to start processes, one that it was just
        # starting would be left behind.
        workers = [threading.Thread(target=attempt, args=job) for job in jobs]
        for worker in workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in workers):
                # Not for good: a signal that comes just before a wait without an end would not end it.
                for worker in workers:
                    worker.join(0.1)
        except KeyboardInterrupt:
            commands.stop()
            for worker in workers:
                worker.join()
            raise
    for failure in failures:
        print(f"setup: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("setup: stopped; the next call goes on from a clean state", file=sys.stderr)
        sys.exit(130)
