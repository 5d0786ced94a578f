"""What stands for code that is nowhere on this machine: a function's says so when it is invoked.

A layer is empty, so that what a function imports from it is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from localcloud.stack.document import Json
from localcloud.stack.template import properties

_CODE: Final = {"AWS::Lambda::Function": "Code", "AWS::Serverless::Function": "CodeUri"}
_CONTENT: Final = {"AWS::Lambda::LayerVersion": "Content", "AWS::Serverless::LayerVersion": "ContentUri"}
_LAYER: Final = Path(__file__).resolve().parent / "absent_layer"
_RUNTIME: Final = "python3.13"
_SOURCE: Final = """\
import json
import urllib.request


class StandInResource(Exception):
    pass


def handler(event, context):
    if isinstance(event, dict) and "ResponseURL" in event:
        answer = {{
            "Status": "SUCCESS",
            "PhysicalResourceId": event.get("PhysicalResourceId") or "stand-in-" + event["LogicalResourceId"],
            "Data": {{}},
            **{{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}},
        }}
        body = json.dumps(answer).encode()
        request = urllib.request.Request(event["ResponseURL"], body, {{"Content-Type": ""}}, method="PUT")
        urllib.request.urlopen(request).close()
        return
    raise StandInResource({message!r})
"""


def replaces(resource: dict[str, Json]) -> bool:
    """Say whether a resource is a function or a layer, whose code can be replaced."""
    return resource["Type"] in _CODE or resource["Type"] in _CONTENT


def replace_code(resource: dict[str, Json], message: str) -> None:
    """Give a function code that fails with a message; a layer is left without any.

    A custom resource that it answers for is created in name alone: CloudFormation would wait for it.

    Examples
    --------
    >>> work = {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": "b", "S3Key": "k"}}}
    >>> replace_code(work, "no code")
    >>> work["Properties"]["Handler"], "no code" in work["Properties"]["Code"]["ZipFile"]
    ('index.handler', True)
    """
    kind, own = str(resource["Type"]), properties(resource)
    if kind in _CONTENT:
        own[_CONTENT[kind]] = str(_LAYER)
        return
    name = _CODE[kind]
    source = _SOURCE.format(message=message)
    own.pop(name, None)
    own |= {"Handler": "index.handler", "Runtime": _RUNTIME}
    own |= {"Code": {"ZipFile": source}} if name == "Code" else {"InlineCode": source}
