"""``python -m localcloud``, and the command ``localcloud``."""

import gc
import sys

INTERRUPTED = 130


def run() -> int:
    """Run the command line in a process of its own, and return its exit code."""
    try:
        # On a slow machine this takes seconds, in which somebody may think better of it.
        from localcloud.command_line.main import main  # noqa: PLC0415
        from localcloud.processes.memory import share_one_heap  # noqa: PLC0415
    except KeyboardInterrupt:
        return INTERRUPTED
    share_one_heap()
    # A thread that computes (boto3's, when it reads a stream) keeps the event loop from running for as long
    # as this; Python's 5 ms are most of what a change's way to its subscriber takes.
    sys.setswitchinterval(0.0005)
    # What is imported stays: a full collection that need not look at it stops everybody for 15 ms, not 40.
    gc.freeze()
    return main()


if __name__ == "__main__":
    sys.exit(run())
