"""JSON, as services' requests and answers carry it."""

from __future__ import annotations

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None
JsonDocument = dict[str, JsonValue]
