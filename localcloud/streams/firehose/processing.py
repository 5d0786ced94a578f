"""``ProcessingConfiguration``: what happens to records between their arrival and their object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from localcloud.streams.firehose.errors import InvalidArgument
from localcloud.streams.firehose.queries import Query, parse_query

MEGABYTE: Final = 1024 * 1024
_FUNCTION: Final = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w$-]+)?")
REFUSED: Final = "the processor {} is not served by the local cloud"


@dataclass(frozen=True)
class Transformation:
    """The ``Lambda`` processor.

    Attributes
    ----------
    function
        Its ARN.
    retries
        How often a failed invocation is tried again.
    size, seconds
        What is gathered for one invocation: bytes, and for how long.
    """

    function: str
    retries: int = 3
    size: int = MEGABYTE
    seconds: int = 60


@dataclass(frozen=True)
class Processing:
    """The processors of a stream.

    Attributes
    ----------
    deaggregate
        ``JSON``, or the delimiter that separates records within a record; empty: each is one.
    delimiter
        What ``AppendDelimiterToRecord`` puts behind each record.
    query
        ``MetadataExtraction``'s partition keys.
    gzip
        Whether ``Decompression`` unpacks each record first.
    """

    transformation: Transformation | None = None
    deaggregate: str = ""
    delimiter: bytes = b""
    query: Query | None = None
    gzip: bool = False


def parse_processing(document: Mapping[str, object] | None) -> Processing:
    r"""Read the processors of a destination.

    Raises
    ------
    InvalidArgument
        A parameter has no meaning, or the processor is not served.

    Examples
    --------
    >>> parse_processing({"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": [
    ...     {"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]}).delimiter
    b'\n'
    """
    fields: dict[str, object] = {}
    if not document or document.get("Enabled") is False:
        return Processing()
    processors = document.get("Processors")
    for processor in processors if isinstance(processors, list) else ():
        kind = str(processor.get("Type"))
        parameters = {
            str(parameter.get("ParameterName")): str(parameter.get("ParameterValue"))
            for parameter in processor.get("Parameters") or ()
        }
        name, value = _processor(kind, parameters)
        if name in fields:
            raise InvalidArgument(f"Multiple processors of type {kind} are not allowed")
        fields[name] = value
    if "deaggregate" in fields and "transformation" not in fields and "query" not in fields:
        raise InvalidArgument("RecordDeAggregation is available with dynamic partitioning alone")
    return Processing(**fields)  # type: ignore[arg-type] # each by its processor


def _processor(kind: str, parameters: Mapping[str, str]) -> tuple[str, object]:
    match kind:
        case "Lambda":
            return "transformation", _transformation(parameters)
        case "MetadataExtraction":
            if parameters.get("JsonParsingEngine") != "JQ-1.6":
                raise InvalidArgument("JsonParsingEngine must be JQ-1.6")
            return "query", parse_query(_required(kind, parameters, "MetadataExtractionQuery"))
        case "AppendDelimiterToRecord":
            delimiter = parameters.get("Delimiter", "\\n")
            return "delimiter", _unescaped(delimiter).encode()
        case "RecordDeAggregation":
            sort = _required(kind, parameters, "SubRecordType")
            if sort == "JSON":
                return "deaggregate", "JSON"
            if sort != "DELIMITED":
                raise InvalidArgument("SubRecordType must be JSON or DELIMITED")
            import base64  # noqa: PLC0415
            import binascii  # noqa: PLC0415

            try:
                decoded = base64.b64decode(_required(kind, parameters, "Delimiter"), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise InvalidArgument("Delimiter of RecordDeAggregation must be base64") from None
            return "deaggregate", decoded
        case "Decompression":
            if parameters.get("CompressionFormat") != "GZIP":
                raise InvalidArgument("CompressionFormat of Decompression must be GZIP")
            return "gzip", True
    raise InvalidArgument(REFUSED.format(kind))


def _transformation(parameters: Mapping[str, str]) -> Transformation:
    function = _required("Lambda", parameters, "LambdaArn")
    if _FUNCTION.fullmatch(function) is None:
        raise InvalidArgument(f"LambdaArn is not the ARN of a function: {function}")
    return Transformation(
        function,
        retries=int(_number("NumberOfRetries", parameters.get("NumberOfRetries", "3"), 0, 300)),
        size=int(_number("BufferSizeInMBs", parameters.get("BufferSizeInMBs", "1"), 0.2, 3) * MEGABYTE),
        seconds=int(
            _number("BufferIntervalInSeconds", parameters.get("BufferIntervalInSeconds", "60"), 0, 900)
        ),
    )


def _required(kind: str, parameters: Mapping[str, str], name: str) -> str:
    value = parameters.get(name)
    if not value:
        raise InvalidArgument(f"The processor {kind} needs the parameter {name}")
    return value


def _number(name: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InvalidArgument(f"{name} must be a number, not {text}") from None
    if not least <= value <= most:
        raise InvalidArgument(f"{name} must be between {least:g} and {most:g}, not {text}")
    return value


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
