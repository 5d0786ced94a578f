"""The consumer of a data stream: it reads each record, and notes when they came."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any


def handler(event: dict[str, Any], context: object) -> None:
    """Write a line: when the batch came, and when each of its records was sent."""
    came = time.time()
    documents = [json.loads(base64.b64decode(record["kinesis"]["data"])) for record in event["Records"]]
    line = json.dumps([came, [document["sent"] for document in documents]])
    with open(os.environ["NOTES"], "a", encoding="utf-8") as notes:  # noqa: PTH123 - no import more
        notes.write(f"{line}\n")
