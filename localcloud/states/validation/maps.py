"""Map states: inline and distributed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.validation.context import Context
from localcloud.states.validation.expressions import is_expression
from localcloud.states.validation.itemreaders import check_item_reader
from localcloud.states.validation.templates import check_jsonata, check_path, check_payload
from localcloud.states.validation.values import (
    at_most_one,
    choice_of,
    exactly_one,
    number,
    of_language,
    required,
    supported,
    typed,
)

MODES: Final = ("INLINE", "DISTRIBUTED")
TYPES: Final = ("STANDARD", "EXPRESS")
LONGEST_LABEL: Final = 40
_FORBIDDEN_IN_LABELS: Final = frozenset(' \t\r\n?*<>{}[]:;,\\|^~$#%&`"/')
# AWS takes ToleratedFailureCount and its like everywhere, and heeds them in a distributed Map alone.
_DISTRIBUTED_ONLY: Final = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")
_WRITER: Final = frozenset({"Resource", "Parameters", "Arguments", "WriterConfig"})
_BATCHER: Final = frozenset({"BatchInput"}) | {
    f"{name}{suffix}" for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch") for suffix in ("", "Path")
}


def processor_name(state: Mapping[str, Json]) -> str:
    """Return the field that holds a Map's machine: ``Iterator`` is its old name."""
    return "Iterator" if "ItemProcessor" not in state and "Iterator" in state else "ItemProcessor"


def is_distributed(state: Mapping[str, Json]) -> bool:
    """Return whether a Map runs each item as an execution of its own."""
    processor = state.get(processor_name(state))
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def check_map(context: Context, state: Mapping[str, Json]) -> None:
    """Check a Map state, but for the machine inside of it."""
    exactly_one(context, state, ("ItemProcessor", "Iterator"))
    processor = state.get(processor_name(state))
    if isinstance(processor, dict):
        _check_config(context.below(processor_name(state)), processor)
    at_most_one(context, state, "Parameters", "ItemSelector")
    number(context, state, "MaxConcurrency", 0)
    number(context, state, "ToleratedFailureCount", 0)
    number(context, state, "ToleratedFailurePercentage", 0, 100, kind="Double")
    for name in ("ItemsPath", "MaxConcurrencyPath"):
        check_path(context, state, name, calls=True)
    for name in ("ToleratedFailureCountPath", "ToleratedFailurePercentagePath"):
        check_path(context, state, name)
    check_payload(context, state, "ItemSelector")
    _check_items(context, state)
    if is_distributed(state):
        _check_label(context, state)
        check_item_reader(context, state)
        _check_batcher(context, state)
        _check_writer(context, state)
    else:
        for name in _DISTRIBUTED_ONLY:
            if name in state:
                context.schema(f"Field '{name}' is not supported")


def _check_config(context: Context, processor: Mapping[str, Json]) -> None:
    if not typed(context, processor, "ProcessorConfig", "Object"):
        return
    config = processor["ProcessorConfig"]
    place = context.below("ProcessorConfig")
    supported(place, config, {"Mode", "ExecutionType"})
    choice_of(place, config, "Mode", MODES)
    choice_of(place, config, "ExecutionType", TYPES)
    if config.get("Mode") == "DISTRIBUTED":
        required(place, config, "ExecutionType")
        if context.whole.kind == "EXPRESS":
            context.schema(
                "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
                "ProcessorConfig/Mode",
            )
    elif "ExecutionType" in config:
        place.schema("Field 'ExecutionType' is not supported")


def _check_items(context: Context, state: Mapping[str, Json]) -> None:
    if "Items" not in state or not context.is_jsonata:
        return
    items = state["Items"]
    if isinstance(items, str) and not is_expression(items):
        context.schema("JSONata string must start with {% and end with %}", "Items")
    elif isinstance(items, str | list | dict):
        check_jsonata(context.below("Items"), items)
    else:
        context.schema("Expected value of type Array", "Items")


def _check_label(context: Context, state: Mapping[str, Json]) -> None:
    if not typed(context, state, "Label", "String"):
        return
    label, at = state["Label"], f"{context.at}/Label"
    if len(label) > LONGEST_LABEL:
        message = f"Label '{label}' exceeds the {LONGEST_LABEL}-character limit allowed by the service"
        context.report.error("INVALID_LABEL_NAME", message, at)
    elif _FORBIDDEN_IN_LABELS & set(label) or not label.isprintable():
        context.report.error("INVALID_LABEL_NAME", f"Label '{label}' contains invalid characters", at)
    if label in context.whole.labels:
        context.report.error("DUPLICATE_LABEL_NAME", f"Duplicate Label name: {label}", at)
    context.whole.labels.add(label)


def _check_batcher(context: Context, state: Mapping[str, Json]) -> None:
    if not typed(context, state, "ItemBatcher", "Object"):
        return
    batcher, place = state["ItemBatcher"], context.below("ItemBatcher")
    supported(place, batcher, _BATCHER)
    of_language(place, batcher)
    limits = sorted(_BATCHER - {"BatchInput"})
    if not any(name in batcher for name in limits):
        place.schema(f"This object should have at least one of the following fields: [{', '.join(limits)}]")
    for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch"):
        at_most_one(place, batcher, name, f"{name}Path")
        check_path(place, batcher, f"{name}Path")
    number(place, batcher, "MaxItemsPerBatch", 1)
    number(place, batcher, "MaxInputBytesPerBatch", 1, 262_144)
    check_payload(place, batcher, "BatchInput")


def _check_writer(context: Context, state: Mapping[str, Json]) -> None:
    if not typed(context, state, "ResultWriter", "Object"):
        return
    writer, place = state["ResultWriter"], context.below("ResultWriter")
    supported(place, writer, _WRITER)
    of_language(place, writer)
    payload = "Arguments" if context.is_jsonata else "Parameters"
    if "WriterConfig" not in writer or "Resource" in writer or payload in writer:
        required(place, writer, "Resource", payload)
    resource = writer.get("Resource")
    if resource is not None and not (
        isinstance(resource, str) and resource.endswith(":states:::s3:putObject")
    ):
        place.schema("The field 'Resource' does not match any of the allowed values", "Resource")
    check_payload(place, writer, payload)
    if typed(place, writer, "WriterConfig", "Object"):
        config = place.below("WriterConfig")
        supported(config, writer["WriterConfig"], {"OutputType", "Transformation"})
        choice_of(config, writer["WriterConfig"], "OutputType", ("JSON", "JSONL"))
        choice_of(config, writer["WriterConfig"], "Transformation", ("NONE", "COMPACT", "FLATTEN"))
