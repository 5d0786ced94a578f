"""Install GraphiQL, which the local cloud serves at the address of each GraphQL API.

``python tools/graphiql.py`` installs what ``localcloud/graphiql/package-lock.json`` names, when that has
changed; nothing is built. Without Node it says what is missing: everything else runs without it. With
``--required`` that is a failure. Standard library only.
"""

from __future__ import annotations

import fcntl
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # run as a script, this folder is there and the project is not

from localcloud.installing.progress import TaskProgress  # noqa: E402
from tools import web  # noqa: E402

FOLDER = ROOT / "localcloud" / "graphiql"
LOCK = ROOT / "build" / "graphiql.lock"


def install() -> None:
    """Install what the lock file names, if that changed.

    Raises
    ------
    tools.web.WebError
    """
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests on several processors may want it at once
        wanted = web.digest([FOLDER / "package-lock.json", FOLDER / "package.json"])
        stamp = FOLDER / "node_modules" / ".localcloud-lock"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        lack = web.missing()
        if lack is not None:
            raise web.NoNode(lack)
        started = time.monotonic()
        with TaskProgress("GraphiQL") as progress:
            web.install(FOLDER, progress)
            stamp.write_text(wanted)
            progress.say(f"installed in {time.monotonic() - started:.0f} s")


def _say(text: str) -> None:
    print(f"GraphiQL: {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Install; a failure is printed, and is an error only where GraphiQL is required."""
    if list(arguments) not in ([], ["--required"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        install()
    except web.WebError as error:
        _say(f"left out: {error}")
        return 1 if arguments else 0
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
