"""The engine's own Python environment: where it is, and how an installed local cloud creates it.

The engine pins packages to versions that the local cloud cannot live with. A checkout has ``.venv-engine``,
which ``make setup`` creates. An installed local cloud creates one on its first start, from the hashed lock
file that it carries, and keeps it in its cache.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TextIO

from localcloud.folders.cache import cache_folder
from localcloud.installing.commands import Commands
from localcloud.installing.environments import Environments, InstallError, digest, is_complete
from localcloud.installing.progress import TaskProgress

PROJECT = Path(__file__).resolve().parents[2]
# Package data, so that it is there wherever the local cloud is installed.
REQUIREMENTS = Path(__file__).resolve().parents[1] / "engine-requirements.txt"
VARIABLE = "LOCALCLOUD_ENGINE_PYTHON"


class EngineError(Exception):
    """The engine did not start; the message says why and what to do."""


def is_checkout() -> bool:
    """Say whether we run from a checkout, not from where pip puts packages."""
    return (PROJECT / "requirements").is_dir()


def engine_python() -> Path:
    """Return the interpreter of the engine's environment.

    ``LOCALCLOUD_ENGINE_PYTHON`` names another one than that of the checkout or of the cache.

    Raises
    ------
    EngineError
        There is none.
    """
    configured = os.environ.get(VARIABLE)
    if configured:
        if not Path(configured).exists():
            raise EngineError(f"{VARIABLE} names {configured}, and there is no such file")
        return Path(configured)
    python = _folder() / "bin" / "python"
    if python.exists():
        return python
    if is_checkout():
        raise EngineError(f"the engine's environment is missing ({python}): run `make setup` in {PROJECT}")
    raise EngineError(f"the engine's environment is missing ({python}).\n{_by_hand()}")


def create_environment(stream: TextIO = sys.stderr) -> None:
    """Create the engine's environment, unless it is there, and show on ``stream`` how far it is.

    Not for a checkout, nor where ``LOCALCLOUD_ENGINE_PYTHON`` names one. Of two first starts at once the
    second waits for the environment of the first.

    Raises
    ------
    EngineError
        It cannot be created; nothing half-finished is used later.
    """
    folder = _folder()
    if os.environ.get(VARIABLE) or is_checkout() or is_complete(folder, [REQUIREMENTS]):
        return
    commands = Commands()
    try:
        with TaskProgress("localcloud", stream=stream) as progress, _interruptible():
            progress.say(f"the engine gets an environment of its own, once: {folder}")
            folder.parent.mkdir(parents=True, exist_ok=True)
            with folder.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                Environments(progress, commands, cwd=folder.parent).create(folder, [REQUIREMENTS])
    except (InstallError, OSError) as error:
        raise EngineError(f"the engine's environment cannot be created: {error}\n{_by_hand()}") from error
    except KeyboardInterrupt:
        raise EngineError("stopped; the next start creates the engine's environment again") from None


def _folder() -> Path:
    """Return the folder of the engine's environment: another one for another lock file or Python."""
    if is_checkout():
        return PROJECT / ".venv-engine"
    return cache_folder(f"engine-{digest([REQUIREMENTS])[:12]}")


def _by_hand() -> str:
    return (
        "Its packages are downloaded once, from the package index that pip is set to. Without a connection, "
        "create it elsewhere, on the same kind of machine:\n"
        f"    {sys.executable} -m venv ENGINE && ENGINE/bin/pip install --require-hashes --no-deps "
        f"-r {REQUIREMENTS}\n"
        f"then name it: {VARIABLE}=ENGINE/bin/python (or that of a checkout's .venv-engine)"
    )


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Have SIGTERM end the installation as Ctrl-C does: with the commands that it runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# What else is installed beside an installed local cloud does not go with the engine's own packages: of that
# folder the engine sees this one package.
_RUN_ALONE = """\
import runpy, sys, types
package = types.ModuleType("localcloud")
package.__path__ = [sys.argv.pop(1)]
sys.modules["localcloud"] = package
runpy.run_module("localcloud.engine", run_name="__main__", alter_sys=True)
"""


def engine_command() -> list[str]:
    """Return the command that runs the engine."""
    # -P: the caller's current folder may hold modules named like ours.
    if is_checkout():
        return [str(engine_python()), "-P", "-m", "localcloud.engine"]
    return [str(engine_python()), "-P", "-c", _RUN_ALONE, str(PROJECT / "localcloud")]
