"""Which runtimes of Lambda this machine runs, and what to do about the others.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import Final

from localcloud.lambda_rules.bootstraps import is_bootstrapped

OLDEST: Final = {"nodejs": 18, "python": 9}
"""The oldest versions (of Python 3 the minor ones) of which AWS may still create functions."""
_NODE: Final = re.compile(r"nodejs(\d*)(?:\.(?:x|\d+))?")
_INSTEAD: Final = "the local cloud runs Python, Node.js and executables named bootstrap"
UNSERVED: Final = "Runtime.Unserved"
"""The type of the error that an invocation of a function of another runtime gets."""


def node_version(runtime: str) -> int:
    """Return the major version of a Node.js runtime; 0 for any other.

    Examples
    --------
    >>> node_version("nodejs22.x"), node_version("python3.13")
    (22, 0)
    """
    match = _NODE.fullmatch(runtime)
    return int(match[1] or 1) if match else 0  # "nodejs" is the first: 0.10


def is_retired(runtime: str) -> bool:
    """Say whether AWS creates no more functions of a runtime, which runs here all the same.

    Examples
    --------
    >>> [is_retired(runtime) for runtime in ("nodejs12.x", "nodejs8.10", "nodejs22.x", "python3.7")]
    [True, True, False, True]
    """
    version = node_version(runtime)
    if version:
        return version < OLDEST["nodejs"]
    minor = runtime.removeprefix("python3.")
    return minor != runtime and minor.isdecimal() and int(minor) < OLDEST["python"]


def runtime_problem(
    runtime: str, package_type: str = "Zip", which: Callable[[str], str | None] = shutil.which
) -> str | None:
    """Say why a function cannot run on this machine, and what to do; None where it can.

    Parameters
    ----------
    which
        Finds a program in ``PATH``.

    Examples
    --------
    >>> runtime_problem("python3.13") is None
    True
    >>> runtime_problem("nodejs22.x", which=lambda name: None)
    'its runtime nodejs22.x needs Node.js: install version 20 or newer, so that `node` is in PATH'
    """
    if package_type == "Image":
        return f"container images are not served: {_INSTEAD}"
    if node_version(runtime):
        if which("node") is None:
            return (
                f"its runtime {runtime} needs Node.js: install version 20 or newer, so that `node` is in PATH"
            )
        return None
    if runtime.startswith("python3.") or is_bootstrapped(runtime):
        return None  # what is in the artefact decides
    return f"its runtime {runtime or '(none)'} is not served: {_INSTEAD}"
