"""ARNs as a template comes to name them, as far as that can be known without deploying it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.check.values import Reference, Values
from localcloud.stack.template import Json, properties, resources

_PLACE: Final = "us-east-1:000000000000"
# Resources whose Ref is their ARN.
_REF_IS_ARN: Final = frozenset(
    {"AWS::SNS::Topic", "AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::Kinesis::StreamConsumer"}
)
_FIFO: Final = {"AWS::SQS::Queue": "FifoQueue", "AWS::SNS::Topic": "FifoTopic"}


class Arns:
    """Reads values that have to be ARNs.

    Examples
    --------
    >>> queue = {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}}
    >>> arns = Arns({"Resources": {"Jobs": queue}})
    >>> arns.read({"Fn::GetAtt": ["Jobs", "Arn"]})
    'arn:aws:sqs:us-east-1:000000000000:Jobs.fifo'
    >>> arns.read({"Ref": "Jobs"})
    'the Ref of Jobs (AWS::SQS::Queue)'
    """

    def __init__(self, template: dict[str, Json]) -> None:
        self._values = Values(template)
        self._resources = resources(template)

    def read(self, value: Json) -> str | None:
        """Return an ARN, or what is no ARN; None where it is not known."""
        read = self._values.read(value)
        if not isinstance(read, Reference):
            return read
        resource = self._resources.get(read.logical_id, {})
        kind = str(resource.get("Type", ""))
        if not read.attribute and kind not in _REF_IS_ARN:
            return None if kind.startswith("Custom::") else f"the Ref of {read.logical_id} ({kind})"
        if read.attribute and not read.attribute.endswith("Arn"):
            return None
        return _arn(read.logical_id, kind, properties(resource))


def _arn(name: str, kind: str, values: Mapping[str, Json]) -> str | None:
    fifo = ".fifo" if str(values.get(_FIFO.get(kind, ""), "")).lower() == "true" else ""
    match kind.split("::"):
        case ["AWS", "S3", "Bucket"]:
            return f"arn:aws:s3:::{name}"
        case ["AWS", "Lambda" | "Serverless", "Function"]:
            return f"arn:aws:lambda:{_PLACE}:function:{name}"
        case ["AWS", "DynamoDB", "Table" | "GlobalTable"]:
            return f"arn:aws:dynamodb:{_PLACE}:table/{name}/stream/now"
        case ["AWS", service, _] if service != "CloudFormation":
            return f"arn:aws:{service.lower()}:{_PLACE}:{name}{fifo}"
        case _:
            return None
