"""The item reader of a distributed Map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.validation.context import Context
from localcloud.states.validation.expressions import is_expression
from localcloud.states.validation.templates import check_path, check_payload
from localcloud.states.validation.values import (
    at_most_one,
    choice_of,
    filled,
    number,
    of_language,
    required,
    supported,
    typed,
)

_READER: Final = frozenset({"Resource", "Parameters", "Arguments", "ReaderConfig"})
_CONFIG: Final = frozenset(
    {"InputType", "CSVHeaderLocation", "CSVHeaders", "CSVDelimiter", "MaxItems", "MaxItemsPath"}
    | {"ItemsPointer", "ManifestType", "Transformation"}
)
_CSV: Final = ("CSVHeaderLocation", "CSVHeaders", "CSVDelimiter")
_RESOURCES: Final = (":states:::s3:getObject", ":states:::s3:listObjectsV2")
_INPUTS: Final = ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")
_DELIMITERS: Final = ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")


def check_item_reader(context: Context, state: Mapping[str, Json]) -> None:
    """Check where a Map reads its items from."""
    if not typed(context, state, "ItemReader", "Object"):
        return
    reader, place = state["ItemReader"], context.below("ItemReader")
    supported(place, reader, _READER)
    of_language(place, reader)
    if required(place, reader, "Resource") and not str(reader["Resource"]).endswith(_RESOURCES):
        place.schema("The field 'Resource' does not match any of the allowed values", "Resource")
    check_payload(place, reader, "Arguments" if context.is_jsonata else "Parameters")
    if typed(place, reader, "ReaderConfig", "Object"):
        _check_config(place.below("ReaderConfig"), reader["ReaderConfig"], str(reader.get("Resource")))


def _check_config(context: Context, config: Mapping[str, Json], resource: str) -> None:
    supported(context, config, _CONFIG)
    of_language(context, config)
    choice_of(context, config, "InputType", _INPUTS)
    if resource.endswith("getObject"):
        required(context, config, "InputType")
    if config.get("InputType") == "CSV":
        required(context, config, "CSVHeaderLocation")
    elif "InputType" in config and config["InputType"] != "MANIFEST":
        for name in _CSV:
            if name in config:
                context.schema(f"Field '{name}' is not supported")
    choice_of(context, config, "CSVHeaderLocation", ("FIRST_ROW", "GIVEN"))
    choice_of(context, config, "CSVDelimiter", _DELIMITERS)
    choice_of(context, config, "ManifestType", ("ATHENA_DATA", "S3_INVENTORY"))
    choice_of(context, config, "Transformation", ("NONE", "LOAD_AND_FLATTEN"))
    if config.get("CSVHeaderLocation") == "GIVEN":
        required(context, config, "CSVHeaders")
    if not (context.is_jsonata and is_expression(config.get("CSVHeaders"))):
        filled(context, config, "CSVHeaders", "Array")
    typed(context, config, "ItemsPointer", "String")
    at_most_one(context, config, "MaxItems", "MaxItemsPath")
    number(context, config, "MaxItems", 0, 100_000_000)
    check_path(context, config, "MaxItemsPath")
