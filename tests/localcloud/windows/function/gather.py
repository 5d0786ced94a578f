"""Gathers what comes in a window, and notes it at the end."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the state with the texts of the records."""
    texts = [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]
    state = [*event["state"].get("all", []), *texts]
    name = "ended" if event["isFinalInvokeForWindow"] else "gathered"
    with (Path(os.environ["NOTES"]) / name).open("a") as notes:
        notes.write(json.dumps(state) + "\n")
    return {"state": {"all": state}}
