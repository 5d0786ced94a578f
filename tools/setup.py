"""Make the project's environments from its pinned, hashed requirements.

``python3 tools/setup.py run`` makes what ``make run`` needs, ``dev`` adds what the tests need: more packages,
and an environment for checkov, whose pins nothing else could live with.
Standard library only: it runs before anything is installed. A second call does nothing, in
a few milliseconds: each environment keeps the digest of its lock files.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

# Run as a script, Python looks for modules in this folder alone.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from localcloud.installing.commands import Commands
from localcloud.installing.environments import Environments, Installation, InstallError, digest
from localcloud.installing.progress import TaskProgress
from tools.companion_project import ROOT, ProjectError, packages

REQUIREMENTS = ROOT / "requirements"
LAYER = ROOT / "build" / "layer"
# What the template's functions run on, which need not be this machine: Runtime and Architectures.
RUNTIME = ("3.13", "manylinux2014_aarch64")


class Setup:
    """What a set-up has in common: its commands, and what it shows."""

    def __init__(self, progress: TaskProgress, commands: Commands) -> None:
        self._progress = progress
        self._environments = Environments(progress, commands, cwd=ROOT)

    def environment(self, folder: Path, locks: list[str]) -> None:
        """Make ``folder`` hold exactly what the lock files name, unless it does already."""
        self._environments.create(folder, [REQUIREMENTS / lock for lock in locks])

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
            self._environments.pip(
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
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must get a message, not a traceback
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
        except (InstallError, ProjectError) as error:
            failures.append(error)

    with TaskProgress("setup", stream=sys.stdout) as progress:
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
