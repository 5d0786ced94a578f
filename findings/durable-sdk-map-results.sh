#!/usr/bin/env bash
# aws-durable-execution-sdk-python 3.0.0: a map's results do not stand where their items do.
#
# One would expect: context.map returns a result for each item, in their order, and raises when an item fails:
#   a step and a child context raise.
# What happens: it returns normally. By default the first failure keeps the items after it from starting, and
#   get_results() holds those that succeeded, closed up: results[1] may be the third item's, and zip(items, results)
#   pairs wrongly without a word. Items that never started are in none of its lists, and total_count leaves them out.
# Why it matters: three parcels, one fails, and the third one's label is stuck on the second.
# What we do: an item of our durable order that fails returns why and raises nothing, so that none is missing.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    aws-durable-execution-sdk-python==3.0.0 boto3==1.44.8

cat > "$folder/try.py" <<'PYTHON'
import json
import logging
from importlib.metadata import version
from types import SimpleNamespace

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import CompletionConfig, MapConfig

logging.disable(logging.CRITICAL)
STATUSES = {"START": "STARTED", "SUCCEED": "SUCCEEDED", "FAIL": "FAILED"}
ITEMS = ["book", "vase", "lamp"]


class Service:
    """What Lambda records of an execution's contexts, behind the method of boto3's client that the SDK calls."""

    def __init__(self):
        self.contexts = {}

    def checkpoint_durable_execution(self, *, Updates=(), **_):
        for update in Updates:
            row = self.contexts.setdefault(update["Id"], {"Id": update["Id"], "Type": update["Type"]})
            row |= {name: update[name] for name in ("Name", "SubType", "ParentId") if name in update}
            row["Status"] = STATUSES[update["Action"]]
            row["ContextDetails"] = {"Result": update.get("Payload"), "Error": update.get("Error")}
        return {"CheckpointToken": "token", "NewExecutionState": {"Operations": [*self.contexts.values()]}}


def run(work):
    execution = {"Id": "e", "Type": "EXECUTION", "Status": "STARTED", "ExecutionDetails": {"InputPayload": "{}"}}
    event = {
        "DurableExecutionArn": "arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/n/e",
        "CheckpointToken": "token",
        "InitialExecutionState": {"Operations": [execution], "NextMarker": ""},
    }
    context = SimpleNamespace(aws_request_id="r", invoked_function_arn="f", get_remaining_time_in_millis=lambda: 1000)
    answer = durable_execution(work, boto3_client=Service())(event, context)
    return answer["Status"], json.loads(answer.get("Result") or json.dumps(answer["Error"]["ErrorMessage"]))


def label(context, item, index, items):
    if item == "vase":
        raise ValueError("too fragile")
    return f"label of the {item}"


def mapped(completion, *, strict=False):
    def work(event, context):
        config = MapConfig(max_concurrency=1, completion_config=completion)
        batch = context.map(ITEMS, label, name="labels", config=config)
        if strict:
            batch.throw_if_error()
        return {"total": batch.total_count, "pairs": dict(zip(ITEMS, batch.get_results()))}

    return run(work)


print("aws-durable-execution-sdk-python", version("aws-durable-execution-sdk-python"))
print("by default:", *mapped(MapConfig().completion_config))
print("all of them:", *mapped(CompletionConfig.all_completed()))
print("with throw_if_error:", *mapped(CompletionConfig.all_completed(), strict=True))
PYTHON

"$folder/venv/bin/python" "$folder/try.py" 2>&1 | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
aws-durable-execution-sdk-python 3.0.0
by default: SUCCEEDED {'total': 2, 'pairs': {'book': 'label of the book'}}
all of them: SUCCEEDED {'total': 3, 'pairs': {'book': 'label of the book', 'vase': 'label of the lamp'}}
with throw_if_error: FAILED too fragile
EXPECTED
