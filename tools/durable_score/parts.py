"""What the score needs and the project does not hold: the suite, and the handlers that it judges.

Both are kept under ``.local``; a second run downloads nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from localcloud.installing.commands import CommandFailed, Commands

ROOT: Final = Path(__file__).resolve().parent.parent.parent
LOCK: Final = Path(__file__).with_name("suite.txt")
FOLDER: Final = ROOT / ".local" / "durable-score"
# The handlers are in the SDK's repository alone; this commit is of SDK 1.7.0, the newest that could be had.
REPOSITORY: Final = "https://github.com/aws/aws-durable-execution-sdk-python"
COMMIT: Final = "f7cc39728da00f65d901debd40bf3e047bfa3a4a"
HANDLERS: Final = Path("packages") / "aws-durable-execution-sdk-python-conformance-tests"
SDK: Final = "aws_durable_execution_sdk_python"
_OWN_SDK: Final = Path("packages") / "aws-durable-execution-sdk-python" / "src" / SDK
# SDK 3.0.0 takes factories of plugins; these handlers hand plugins to the SDK of their own commit.
OWN_SDK_SUITES: Final = frozenset({"plugin"})


class PartsMissing(Exception):
    """A part cannot be had; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """A version of the durable execution SDK, as a folder that a function's code gets a copy of."""

    version: str
    folder: Path


def suite(commands: Commands) -> Path:
    """Install the pinned suite unless it is there; return the folder to import it from.

    Raises
    ------
    PartsMissing
    """
    folder, stamp = FOLDER / "suite", FOLDER / "suite.stamp"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if folder.is_dir() and stamp.exists() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    # It asks for Python 3.14 and runs on 3.11; what it needs beside itself is in this environment.
    options = ("--no-deps", "--ignore-requires-python", "--require-hashes", "--no-compile", "--no-input")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(commands, "the suite", [*pip, *options, "--target", str(folder), "-r", str(LOCK)])
    stamp.write_text(wanted)
    return folder


def checkout(commands: Commands, source: str) -> Path:
    """Fetch the pinned commit of the SDK's repository unless it is there; return its folder.

    Parameters
    ----------
    source
        Where Git fetches it: an address, or a clone on this machine.

    Raises
    ------
    PartsMissing
    """
    folder = FOLDER / "sdk" / COMMIT[:12]
    if not (folder / HANDLERS).is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        git = ("git", "-C", str(folder))
        for arguments in (("init", "-q"), ("fetch", "-q", "--depth", "1", source, COMMIT)):
            _run(commands, f"the handlers, of {source}", [*git, *arguments])
        _run(commands, "the handlers", [*git, "checkout", "-q", "FETCH_HEAD"])
    return folder


def installed_sdk() -> Sdk:
    """Return the SDK that this project uses."""
    spec = importlib.util.find_spec(SDK)
    if spec is None or not spec.submodule_search_locations:
        raise PartsMissing("the durable execution SDK is not installed: `make setup` does it")
    return Sdk(version(SDK.replace("_", "-")), Path(next(iter(spec.submodule_search_locations))))


def own_sdk(handlers: Path) -> Sdk | None:
    """Return the SDK of the handlers' own commit, if it is beside them."""
    folder = handlers.parent.parent / _OWN_SDK
    if not folder.is_dir():
        return None
    values: dict[str, object] = {}
    for line in (folder / "__about__.py").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(" = ")
        values[name] = value.strip('"')
    return Sdk(str(values.get("__version__", "of the handlers' commit")), folder)


def suite_version(folder: Path) -> str:
    """Return the version of the suite that is installed in a folder."""
    (metadata,) = folder.glob("aws_durable_execution_conformance_tests-*.dist-info")
    return metadata.name.removesuffix(".dist-info").rpartition("-")[2]


def _run(commands: Commands, what: str, command: list[str]) -> None:
    try:
        commands.run(command, cwd=ROOT)
    except (CommandFailed, OSError) as failed:
        raise PartsMissing(f"{what} could not be had: {failed}") from failed
