"""The folder that keeps a local cloud's state over a stop, and the settings that it belongs to."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.clock.keeping import FILE as CLOCK_FILE
from localcloud.journal import has_records

MANIFEST = "localcloud.json"
# 1 was what MiniStack saved at a clean stop; 2 is a journal (localcloud/journal).
FORMAT = 2

# The one warning: what a start with --data must not be trusted with.
NOT_KEPT = (
    "--data survives the end of the process, however it comes (kill -9), but no power cut: nothing waits "
    "for the disk. What was under way may be done twice. Not kept: live subscriptions and WebSocket "
    "connections"
)
# What the parts write into the folder, beside the manifest.
PARTS = ("engine", "cloud", "state", "objects")


class DataError(Exception):
    """The folder cannot be used for this start; the message says what to do."""


@dataclass(frozen=True)
class DataManifest:
    """What a start must share with the one that made the data: names and addresses hold it."""

    port: int
    account: str
    region: str
    stack: str


def open_data(folder: Path, expected: DataManifest) -> None:
    """Make the folder, readable by its owner alone (it holds users and signing keys), or check it.

    Raises
    ------
    DataError
        It was created with another port, account, region or stack, or is not such a folder.
    """
    manifest = folder / MANIFEST
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not manifest.exists():
            if any(folder.iterdir()):
                raise DataError(
                    f"--data {folder}: has files of something else; name a new or an empty folder"
                )
            manifest.write_text(json.dumps({"format": FORMAT, **asdict(expected)}, indent=2) + "\n", "utf-8")
            return
        document = json.loads(manifest.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"--data {folder}: {error.strerror}") from error
    except ValueError as error:
        raise DataError(
            f"--data {folder}: {MANIFEST} is not JSON; delete the folder to start over"
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DataError(
            f"--data {folder}: was written by another version; start with that version, or delete the folder "
            "to start over"
        )
    for name, value in asdict(expected).items():
        if document.get(name) != value:
            option = "--stack-name" if name == "stack" else f"--{name}"
            raise DataError(
                f"--data {folder}: was created with {option} {document.get(name)}, not {value}; "
                f"start with that, or name another folder"
            )


def has_state(folder: Path | None) -> bool:
    """Say whether an earlier start has left anything in the folder."""
    return folder is not None and has_records(folder / "engine")


def forget(folder: Path | None) -> None:
    """Leave nothing of a start in the folder: its stack never was complete, and could not be updated."""
    if folder is not None:
        for part in PARTS:
            shutil.rmtree(folder / part, ignore_errors=True)
        (folder / CLOCK_FILE).unlink(missing_ok=True)
