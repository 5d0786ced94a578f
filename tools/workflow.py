"""Write the workflow's files in their one form: ``python tools/workflow.py``, and ``--check`` to compare.

An object stands on one line where it fits; that keeps a state machine of dozens of states readable.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

WIDTH = 110
FOLDER = Path(__file__).resolve().parents[1] / "appsync" / "workflow"
STANDARD = FOLDER / "order.asl.json"


def formatted(value: Any, indent: int = 0, room: int = WIDTH) -> str:
    """Return ``value`` as JSON, each object on one line where it fits.

    Examples
    --------
    >>> formatted({"Type": "Pass", "End": True})
    '{ "Type": "Pass", "End": true }'
    """
    short = _inline(value)
    if not isinstance(value, dict | list) or not value or (len(short) <= room - indent and indent > 4):
        return short
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(k)}: {_member(k, v, indent)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    lines = [inner + formatted(item, indent + 2) for item in value]
    return "[\n" + ",\n".join(lines) + "\n" + " " * indent + "]"


def _member(name: str, value: Any, indent: int) -> str:
    return formatted(value, indent + 2, WIDTH - len(name) - 5)


def _inline(value: Any) -> str:
    if isinstance(value, dict) and value:
        return "{ " + ", ".join(f"{json.dumps(k)}: {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def files() -> dict[Path, str]:
    """Return what each file of the workflow must hold."""
    standard = json.loads(STANDARD.read_text(encoding="utf-8"))
    return {STANDARD: formatted(standard) + "\n"}


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` name those that differ."""
    differing = [
        path for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text
    ]
    for path in differing:
        print(path.name)
        if "--check" not in arguments:
            path.write_text(files()[path], encoding="utf-8")
    return 1 if differing and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
