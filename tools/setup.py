"""Make the project's two environments from its pinned, hashed requirements.

``python3 tools/setup.py run`` makes what ``make run`` needs, ``dev`` adds what the tests need.
Standard library only: it runs before anything is installed. A second call does nothing, in
a few milliseconds: each environment keeps the digest of the lock files it was made from.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

# Run as a script, Python looks for modules in this folder alone.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.companion_project import ROOT, ProjectError, packages

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


def run(label: str, command: list[str]) -> None:
    """Run ``command`` quietly; on failure show what it printed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise SetupError(f"{label} failed:\n{tail}")


def make_venv(folder: Path) -> None:
    """Make a virtual environment with pip, or say which Debian package is missing."""
    try:
        run(f"making {folder.name}", [sys.executable, "-m", "venv", "--clear", str(folder)])
    except SetupError as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        shutil.rmtree(folder, ignore_errors=True)
        raise SetupError(
            f"{error}\nPython's venv module is incomplete here. On Debian or Ubuntu: "
            f"apt-get install python{version}-venv"
        ) from error


def environment(folder: Path, locks: list[str]) -> None:
    """Make ``folder`` hold exactly what the lock files name, unless it does already."""
    files = [REQUIREMENTS / lock for lock in locks]
    stamp = folder / ".requirements"
    wanted = digest(files)
    if stamp.exists() and wanted in stamp.read_text().split():
        return
    started = time.monotonic()
    print(f"setup: {folder.name}: installing {', '.join(locks)} ...", flush=True)
    stamps = stamp.read_text().split() if stamp.exists() else []
    if not stamps or stamps[0] != digest([]):  # never finished, or made by another Python
        make_venv(folder)
        stamps = [digest([])]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
    for file in files:
        run(f"installing {file.name}", [*pip, "--require-hashes", "--no-deps", "-r", str(file)])
    stamp.write_text("\n".join([*stamps, *(digest(files[: n + 1]) for n in range(len(files)))]) + "\n")
    print(f"setup: {folder.name}: ready in {time.monotonic() - started:.0f} s", flush=True)


def layer() -> None:
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
    pip = [sys.executable, "-m", "pip"]
    if (ROOT / ".venv" / "bin" / "python").exists():
        pip = [str(ROOT / ".venv" / "bin" / "python"), "-m", "pip"]
    version, platform = RUNTIME
    run(
        "building the Lambda layer",
        [*pip, "install", "--quiet", "--no-input", "--no-deps", "--require-hashes", "--no-compile"]
        + ["--implementation", "cp", "--python-version", version, "--platform", platform]
        + ["--only-binary", ":all:", "--target", str(fresh / "python"), "-r", str(lock)],
    )
    shutil.rmtree(old, ignore_errors=True)
    if LAYER.exists():
        LAYER.rename(old)
    fresh.rename(LAYER)
    shutil.rmtree(old, ignore_errors=True)
    stamp.write_text(wanted)


def main(arguments: list[str]) -> int:
    """Set up for ``run`` or ``dev``; both environments at once, since most of it is waiting."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must be told, not shown a traceback
        print(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    if arguments not in (["run"], ["dev"]):
        print(__doc__, file=sys.stderr)
        return 2
    locks = ["run.txt"] if arguments == ["run"] else ["run.txt", "dev.txt"]
    failures: list[Exception] = []

    def attempt(folder: Path, names: list[str], *, with_layer: bool) -> None:
        try:
            environment(folder, names)
            if with_layer:
                layer()
                packages()
        except (SetupError, ProjectError) as error:
            failures.append(error)

    engine = threading.Thread(
        target=attempt, args=(ROOT / ".venv-engine", ["engine.txt"]), kwargs={"with_layer": False}
    )
    engine.start()
    attempt(ROOT / ".venv", locks, with_layer=True)
    engine.join()
    for failure in failures:
        print(f"setup: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\nsetup: stopped; the next call goes on from a clean state", file=sys.stderr)
        sys.exit(130)
