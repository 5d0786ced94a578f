"""Where a running local cloud is, for commands that ask one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

DEFAULT: Final = Path(".local") / "ready.json"
NOWHERE: Final = (
    f"where is the local cloud? There is no {DEFAULT} here: name its --ready-file, or set AWS_ENDPOINT_URL"
)


def ready_file_here(path: Path | None) -> Path | None:
    """Return the ready file to read: the named one, or that of a local cloud that was started here.

    None where AWS_ENDPOINT_URL names another place, or where there is none.

    Examples
    --------
    >>> ready_file_here(Path("ready.json")).name
    'ready.json'
    """
    if path is not None or os.environ.get("AWS_ENDPOINT_URL"):
        return path
    return DEFAULT if DEFAULT.is_file() else None


def ready_file_of_start(default: Path = DEFAULT) -> Path:
    """Return the ready file of a start that names none: the default, unless another start here has it.

    The lock lasts as long as the process, however it ends.

    Raises
    ------
    OSError
        Nothing can be written here, as in a project that is mounted to be read.
    """
    try:
        default.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(default.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OSError(f"{default} cannot be written ({error.strerror}): name a --ready-file") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return default.with_stem(f"{default.stem}-{os.getpid()}")
    return default
