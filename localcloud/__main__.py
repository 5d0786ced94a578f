"""``python -m localcloud``, and the command ``localcloud``."""

import sys

from localcloud.importing import import_cache

INTERRUPTED = 130


def run() -> int:
    """Run the command line in a process of its own, and return its exit code."""
    import_cache("commands").install()
    try:
        from localcloud.command_line.main import main  # noqa: PLC0415

        return main()
    except KeyboardInterrupt:  # while it imports, which takes seconds on a slow machine
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(run())
