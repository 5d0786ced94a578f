"""Functions that say what they do."""

import json
import logging
import sys
import time
from typing import Any

logger = logging.getLogger()


def plain(event: Any, context: Any) -> Any:
    sys.stdout.write(f"wrote {event['text']} to {context.log_stream_name}\n")
    if event.get("fails"):
        raise RuntimeError("asked to")
    return context.log_stream_name


def structured(event: Any, context: Any) -> None:
    logger.info("too low")
    logger.warning("high enough")
    metric = {"Namespace": "Noisy", "Dimensions": [["Way"]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}
    metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}
    sys.stdout.write(json.dumps({"_aws": metadata, "Way": "rest", "Orders": 3}) + "\n")
