"""Build the page in ``web/`` when it has changed, and print what the local cloud's command line needs for it.

``python tools/web.py`` prints ``--web web/dist …`` on standard output and what a person should know on
standard error; without Node it prints what is missing and no arguments: the rest runs without the page.
``python tools/web.py build`` fails when the page cannot be built. Standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # run as a script, this folder is there and the project is not

from localcloud.installing.commands import CommandFailed, Commands  # noqa: E402
from localcloud.installing.progress import TaskProgress  # noqa: E402

WEB = ROOT / "web"
STAMP = ROOT / "build" / "web.stamp"
LOCK = ROOT / "build" / "web.lock"
NODE = 20  # the oldest major version that Vite runs on
# Made from the rest, or no part of the page.
LEFT_OUT = frozenset({"node_modules", "dist", ".generated", ".vite"})
ARGUMENTS = "--web web/dist --web-config web/local.json --web-also /report=.local/compare"


class WebError(Exception):
    """The page cannot be built; the message says what to do."""


class NoNode(WebError):
    """What builds the page is not on this machine."""


def missing(path: str | None = None) -> str | None:
    """Return what is missing to build the page; None when nothing is.

    Parameters
    ----------
    path
        Where to look, as ``PATH``; the process's own by default.
    """
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return f"node {NODE} or newer with npm is needed, and {'node' if node is None else 'npm'} is not here"
    printed = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    version = re.match(r"v(\d+)\.", printed)
    if version is None or int(version[1]) < NODE:
        return f"node {NODE} or newer is needed, and this is {printed or 'no working one'}"
    return None


def sources(web: Path = WEB) -> list[Path]:
    """Return the source files of the page, in order."""
    files: list[Path] = []
    for folder, folders, names in os.walk(web):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        files += [Path(folder) / name for name in names]
    return [*sorted(files), web.parent / "schema.graphql"]


def digest(files: Sequence[Path], base: Path = ROOT) -> str:
    """Return one digest over the paths below ``base`` and the contents of ``files``."""
    sha = hashlib.sha256()
    for file in files:
        contents = file.read_bytes() if file.is_file() else b""
        sha.update(f"{file.relative_to(base)}\0{len(contents)}\0".encode() + contents)
    return sha.hexdigest()


def build() -> None:
    """Install what the lock file names, if that changed, and build the page, if anything did.

    Raises
    ------
    WebError
    """
    with _one_at_a_time():
        page, wanted = WEB / "dist" / "index.html", digest(sources())
        if page.exists() and STAMP.exists() and STAMP.read_text() == wanted:
            return
        lack = missing()
        if lack is not None:
            raise NoNode(lack)
        started = time.monotonic()
        locked = digest([WEB / "package-lock.json", WEB / "package.json"])
        installed = WEB / "node_modules" / ".orderwire-lock"
        with TaskProgress("page") as progress:
            if not installed.exists() or installed.read_text() != locked:
                install(WEB, progress)
                installed.write_text(locked)
            STAMP.unlink(missing_ok=True)
            with progress.task("npm", lambda: "building"):
                npm(WEB, "run", "build", "--silent")
            if not page.exists():
                raise WebError("`npm run build` made no web/dist/index.html")
            STAMP.write_text(wanted)
            progress.say(f"built in {time.monotonic() - started:.0f} s")


def install(folder: Path, progress: TaskProgress) -> None:
    """Install what a folder's ``package-lock.json`` names, and show how much of it is there.

    Raises
    ------
    WebError
    """
    names = locked_packages(folder / "package-lock.json")

    def state() -> str:
        there = sum((folder / name / "package.json").exists() for name in names)
        return f"installing what package-lock.json names, {there} of {len(names)} packages"

    with progress.task("npm", state):
        npm(folder, "ci", "--no-audit", "--no-fund", "--ignore-scripts")


def locked_packages(lock: Path) -> list[str]:
    """Return the folders of a lock file's packages, but for those that only some systems have."""
    try:
        packages = json.loads(lock.read_text()).get("packages", {})
    except (OSError, ValueError):
        return []  # npm will say so
    return [name for name, entry in packages.items() if name and not entry.get("optional")]


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder.

    Raises
    ------
    WebError
    """
    lines: list[str] = []
    try:
        Commands().run(["npm", *arguments], cwd=folder, on_line=lines.append)
    except CommandFailed as failed:
        # npm explains its own usage below what is wrong.
        output = "".join(lines[:15]).strip() or str(failed)
        hint = (
            "Is the package registry reachable (`npm config get registry`)? Nothing else is installed."
            if arguments[0] == "ci"
            else f"Mend what it names in {folder.name}/, and run it again."
        )
        raise WebError(f"`npm {' '.join(arguments)}` failed:\n{output}\n{hint}") from failed


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold a lock: tests on several processors may want the page at once."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(f"page: {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Build; without ``build`` the arguments are printed, and a failure is a message only."""
    if list(arguments) not in ([], ["build"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        build()
    except WebError as error:
        _say(f"{'left out' if not arguments else 'not built'}: {error}")
        return 1 if arguments else 0
    if not arguments:
        print(ARGUMENTS)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
