"""Started as a script in each environment's process: what AWS does before the runtime client runs.

Usage: ``python -S -P bootstrap.py SITE_PACKAGES PARENT_PID LIVE [CHANNEL]``

With ``CHANNEL``, a socket's descriptor, it becomes the prepared parent instead; each fork of that
one goes on as if it had been started without.

It ties the process to its parent, makes the packages that AWS's Python runtime brings importable
(and no other package of the local cloud, so that a dependency missing from the artefact is
missing here as well), and hands over to ``awslambdaric``. ``LIVE`` is ``1`` when the code folder
is being edited. This file imports nothing of its own project: it runs outside of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.importlib import PathEntryFinderProtocol

# What AWS's managed Python runtimes bring besides the standard library (from 3.13 on, the durable SDK).
PROVIDED = frozenset(
    {
        "aws_durable_execution_sdk_python",
        "awslambdaric",
        "boto3",
        "botocore",
        "dateutil",
        "jmespath",
        "runtime_client",
        "s3transfer",
        "simplejson",
        "six",
        "snapshot_restore_py",
        "urllib3",
    }
)
PR_SET_PDEATHSIG = 1
BecomeAgain = Callable[[int, ModuleType, object], None]


class ProvidedPackages:
    """Finds the runtime's own packages, after the function's and its layers' (as on AWS)."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a top-level package or module; their submodules are found by the package's path."""
        if path is None and name in PROVIDED:
            return PathFinder.find_spec(name, [self._folder], target)
        return None


class LiveLoader(SourceFileLoader):
    """Compiles each time, with no ``__pycache__``.

    A cached compilation is matched by its source's size and its time in whole seconds: two edits
    within a second would otherwise run the older code.
    """

    def path_stats(self, path: str) -> dict[str, float]:
        """Refuse: without these numbers importlib neither reads nor writes a cache."""
        raise OSError(f"{path} is compiled afresh")


def follower() -> Callable[[int], None]:
    """Return what lets the kernel kill this process when its parent, by number, dies.

    Linux has that; elsewhere the closed socket ends it. Forks call what their parent has loaded.
    """
    if sys.platform != "linux":
        return lambda parent: None
    import ctypes  # noqa: PLC0415 - 2 ms that other systems need not pay

    control = ctypes.CDLL(None).prctl

    def follow(parent: int) -> None:
        control(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died before the line above.
        if os.getppid() != parent:
            os._exit(1)

    return follow


def load_live(root: str) -> None:
    """Compile whatever lies under ``root`` afresh, and leave no caches in a person's sources."""
    hook = FileFinder.path_hook((LiveLoader, [".py"]))

    def under_root(path: str) -> PathEntryFinderProtocol:
        if path != root and not path.startswith(root + os.sep):
            raise ImportError(path)
        return hook(path)

    sys.path_hooks.insert(0, under_root)
    # The imports above have looked there already, and left a finder of the usual kind.
    sys.path_importer_cache.pop(root, None)


def lead_addresses() -> None:
    """Let AWS's own addresses lead to the local cloud, before anything of the function's is loaded."""
    proxy = os.environ.get("LOCALCLOUD_AWS_PROXY", "")
    if proxy:
        name, here = "_localcloud_addresses", os.path.dirname(__file__)  # noqa: PTH120
        path = os.path.join(os.path.dirname(here), "preload", "addresses.py")  # noqa: PTH118, PTH120
        module = sys.modules[name] = ModuleType(name)
        SourceFileLoader(name, path).exec_module(module)
        module.install(proxy)


def become_fork(channel: int) -> BecomeAgain:
    """Be the prepared parent; return in each of its forks, which is as a fresh interpreter is here.

    What is returned makes a parent of that fork in its turn.

    The parent's code is the project's, under its full names. Nothing else of the project can be
    imported meanwhile, and nothing of it afterwards.
    """
    # All of the runtime client that reads no environment variable; `runtime_client` does when it is loaded.
    import awslambdaric.lambda_context  # noqa: PLC0415
    import awslambdaric.lambda_runtime_log_utils  # noqa: PLC0415
    import awslambdaric.lambda_runtime_marshaller  # noqa: F401, PLC0415

    here = os.path.dirname(__file__)  # noqa: PTH120 - pathlib is no part of a fresh interpreter
    for name, folder in (("localcloud", os.path.dirname(here)), ("localcloud.functions", here)):  # noqa: PTH120
        sys.modules[name] = package = ModuleType(name)
        package.__path__ = [folder]
    from localcloud.functions.fork_server.process import become  # noqa: PLC0415

    become_again = become(channel, PROVIDED)
    for name in [module for module in sys.modules if module.partition(".")[0] == "localcloud"]:
        del sys.modules[name]
    return become_again


def run_wrapper(path: str, become_again: BecomeAgain, follow: Callable[[int], None], *, live: bool) -> None:
    """Run a wrapper that replaces the runtime, as ``python PATH`` would, with forks in between if wanted."""
    module = sys.modules["__main__"] = sys.modules["__wrapper__"] = ModuleType("__wrapper__")
    module.__file__ = path
    (LiveLoader if live else SourceFileLoader)("__wrapper__", path).exec_module(module)
    channel = os.environ.pop("_LOCALCLOUD_TEMPLATE", "")
    handler = module.prepare()
    if channel:
        "localhost".encode("idna")  # or each fork would load it, with two tables, for its first connection
        template = os.getpid()
        become_again(int(channel), module, handler)
        follow(template)
    module.serve(handler)


def log_record(_sink: object, message: str, frame_type: object = None) -> None:
    """Write a record of `logging`, with a line's end: a traceback has none, and on AWS its frame ends it."""
    sys.stdout.write(message if message.endswith("\n") else f"{message}\n")


def main(site_packages: str, parent: str, live: str, channel: str = "") -> None:
    """Prepare the interpreter and run the runtime client until it ends."""
    follow = follower()
    follow(int(parent))
    import site  # noqa: PLC0415 - under -S this runs nothing; it brings exit() and quit() back

    site.setquit()
    sys.meta_path.append(ProvidedPackages(site_packages))
    if channel:
        become_again = become_fork(int(channel))
        _, _, parent, live = sys.argv
        follow(int(parent))
    lead_addresses()
    if live == "1":
        load_live(os.environ["LAMBDA_TASK_ROOT"])
    if channel and "AWS_LAMBDA_EXEC_WRAPPER" in os.environ:
        run_wrapper(sys.orig_argv[0], become_again, follow, live=live == "1")
        return
    from awslambdaric import bootstrap  # noqa: PLC0415 - found by the line above
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # noqa: PLC0415

    bootstrap.StandardLogSink.log = log_record
    # As the client's own main does, but that for Python 3.12 and later it waits in a new thread
    # each time, so that signals are handled meanwhile: 260 us, and only SIGKILL is sent here.
    bootstrap.run(os.environ["_HANDLER"], LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
