"""Python packages, installed into a folder by pip.

Source: https://pip.pypa.io/en/stable/cli/pip_install/ (``--target``, ``--platform``)
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from localcloud.stack.document import TemplateError

_VERSION: Final = re.compile(r"python(3\.\d+)")
_PACKAGE: Final = re.compile(
    r"No matching distribution found for (.+?)(?: \(from|$)"
    r"|satisfies the requirement (.+?) \(from"
    r"|Failed to build '?([^'\s]+)'?"
    r"|Invalid requirement: '?([^':]+)'?",
    re.MULTILINE,
)
_ERROR: Final = re.compile(r"^(?:ERROR|error): (.+)$", re.MULTILINE)
_MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
# glibc of Amazon Linux 2023 is 2.34, that of Amazon Linux 2 is 2.26.
_GLIBC: Final = ((2, 34), (2, 28), (2, 17))
_OLD_GLIBC: Final = {"3.8", "3.9", "3.10", "3.11"}


def for_lambda(runtime: str, architecture: str) -> list[str]:
    """Return the options by which pip takes wheels for AWS's runtime instead of for this machine.

    Examples
    --------
    >>> for_lambda("python3.13", "arm64")[:6:2]
    ['--python-version', '--implementation', '--only-binary=:all:']
    >>> for_lambda("python3.11", "x86_64")[-2:]
    ['--platform', 'manylinux2014_x86_64']
    """
    match = _VERSION.match(runtime)
    version = match[1] if match else f"3.{sys.version_info.minor}"
    machine = _MACHINES.get(architecture, architecture)
    levels = [level for level in _GLIBC if version not in _OLD_GLIBC or level < (2, 26)]
    platforms = [f"manylinux_{major}_{minor}_{machine}" for major, minor in levels]
    options = ["--python-version", version, "--implementation", "cp", "--only-binary=:all:"]
    for platform in (*platforms, f"manylinux2014_{machine}"):
        options += ["--platform", platform]
    return options


def install(arguments: Sequence[str], target: Path, *, what: object, cwd: Path | None = None) -> None:
    """Install packages into a folder.

    Parameters
    ----------
    arguments
        Requirements, or files of them, and further options of ``pip install``.
    what
        Whose packages they are, for the error.

    Raises
    ------
    TemplateError
        pip cannot: the message names the package, and what to do.
    """
    command = [
        *(sys.executable, "-m", "pip", "install"),
        *("--disable-pip-version-check", "--no-input", "--no-compile", "--target", str(target), *arguments),
    ]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TemplateError(f"{what}: {problem(done.stderr)}")


def problem(output: str) -> str:
    """Return in one sentence what pip said, and what to do.

    Examples
    --------
    >>> output = "ERROR: No matching distribution found for nonesuch==9"
    >>> problem(output).partition(":")[0]
    'pip cannot install nonesuch==9'
    """
    if "No module named pip" in output:
        return f"{sys.executable} has no pip: run `{sys.executable} -m ensurepip`"
    packages = [next(filter(None, match.groups())) for match in _PACKAGE.finditer(output)]
    errors = _ERROR.findall(output)
    what = packages[-1].strip() if packages else "what it names"
    why = errors[-1].strip() if errors else (output.strip().splitlines() or ["it did not say why"])[-1]
    unreachable = "NewConnectionError" in output or "Temporary failure in name resolution" in output
    todo = (
        "no package index can be reached: try again where one can, once; what is installed is kept"
        if unreachable
        else "see whether its name and version are right and there is a wheel for this Python "
        f"(3.{sys.version_info.minor})"
    )
    return f"pip cannot install {what}: {why}; {todo}"
