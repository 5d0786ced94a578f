"""The contract's files, as a consumer's validator reads them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from tools.event_schemas import DOCUMENT, ENVELOPE, FOLDER


@cache
def validator() -> jsonschema_rs.Draft202012Validator:
    """Return what validates an event as a rule's target gets it, document and all."""
    envelope, document = (json.loads((FOLDER / name).read_text("utf-8")) for name in (ENVELOPE, DOCUMENT))
    whole: dict[str, Any] = {**envelope, "$defs": {"document": document}}
    whole["properties"]["detail"] = {"$ref": "#/$defs/document"}
    del document["$id"], whole["$id"]
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def faults(event: object) -> list[str]:
    """Return what is wrong with an event by the contract."""
    return [str(error.message) for error in validator().iter_errors(event)]
