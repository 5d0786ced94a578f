"""Faults in the form that the engine takes."""

from __future__ import annotations

from tests.integration.conftest import Json


def dynamodb(operation: str, kind: object, text: str, **more: object) -> Json:
    return {
        "service": "dynamodb",
        "operation": operation,
        "kind": kind,
        "match": {"bodyContains": text},
        **more,
    }


def start(kind: str, text: str, **more: object) -> Json:
    return {
        "service": "states",
        "operation": "StartExecution",
        "kind": kind,
        "match": {"bodyContains": text},
        **more,
    }
