"""Builds machines that need no service, each with its input."""

from __future__ import annotations

from typing import Any

from tests.states.world import chain as states_in_order

Machine = tuple[dict[str, Any], Any]

END: dict[str, Any] = {"Type": "Pass", "End": True}
ORDER = {
    "id": "o-1",
    "paid": True,
    "note": None,
    "total": 42.5,
    "at": "2026-11-29T10:00:00Z",
    "tags": ["cold", "gift", "cold"],
    "lines": [
        {"sku": "tea", "n": 2, "price": 3.5},
        {"sku": "cup", "n": 1, "price": 12},
        {"sku": "pot", "n": 4, "price": 20},
    ],
}


def chain(data: Any = ORDER, /, **states: dict[str, Any]) -> Machine:
    """Return a machine whose states follow one another, but for those that say otherwise."""
    return states_in_order(**states), data


def passing(data: Any = ORDER, /, **fields: Any) -> Machine:
    return chain(data, A={"Type": "Pass", **fields})


def computing(data: Any = ORDER, /, **texts: str) -> Machine:
    """Return a machine whose output holds what expressions give."""
    return passing(data, Parameters={f"{name}.$": text for name, text in texts.items()})


def choosing(data: Any = ORDER, /, *rules: dict[str, Any]) -> Machine:
    """Return a machine whose output is the number of the rule that holds, or -1."""
    targets = {f"R{number}": {"Type": "Pass", "Result": number, "End": True} for number in range(len(rules))}
    choices = [{**rule, "Next": target} for rule, target in zip(rules, targets, strict=True)]
    otherwise = {"Type": "Pass", "Result": -1, "End": True}
    return chain(data, A={"Type": "Choice", "Choices": choices, "Default": "Z"}, **targets, Z=otherwise)


def mapping(state: dict[str, Any], data: Any = ORDER, /, **fields: Any) -> Machine:
    """Return a machine with a Map of one state."""
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **chain(None, I=state)[0]}
    return chain(data, A={"Type": "Map", "ItemsPath": "$.lines", "ItemProcessor": processor, **fields})


def failing(error: str = "Order.Late") -> dict[str, Any]:
    return {
        "Type": "Parallel",
        "Branches": [chain(None, F={"Type": "Fail", "Error": error, "Cause": "c"})[0]],
    }


def jsonata(machine: Machine) -> Machine:
    definition, data = machine
    return {"QueryLanguage": "JSONata", **definition}, data


def output(expression: Any, data: Any = ORDER, /, **fields: Any) -> Machine:
    return jsonata(passing(data, Output=expression, **fields))


def when(condition: str, data: Any = ORDER, /) -> Machine:
    """Return a JSONata machine whose output is 0 where a condition holds, or -1."""
    definition, _ = choosing(data, {"Condition": condition})
    for state in definition["States"].values():
        if "Result" in state:
            state["Output"] = state.pop("Result")
    return jsonata((definition, data))


LATE = {"ErrorEquals": ["Order.Late"]}
CAUGHT = {"Type": "Pass", "Parameters": {"caught.$": "$.why.Error"}, "End": True}
