"""JSON Schema draft 4: the words of its errors, and the same verdicts as the reference implementation."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.gateway.rules.schemas import Schemas
from tests.examples import examples

# aws-sam-translator brings the reference implementation into the engine's environment.
PYTHON = Path(__file__).parents[3] / ".venv-engine/bin/python"
REFERENCE = """
import json, sys
from jsonschema import Draft4Validator
for line in sys.stdin:
    schema, value = json.loads(line)
    print(json.dumps(Draft4Validator(schema).is_valid(value)), flush=True)
"""
Judge = Callable[[dict[str, Any], Any], bool]


@pytest.fixture(scope="module")
def reference() -> Iterator[Judge]:
    with subprocess.Popen(
        [str(PYTHON), "-c", REFERENCE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines, answers = process.stdin, process.stdout

        def judge(schema: dict[str, Any], value: Any) -> bool:
            print(json.dumps([schema, value]), file=lines, flush=True)
            verdict: bool = json.loads(answers.readline())
            return verdict

        yield judge
        lines.close()


def problems(schema: dict[str, Any], value: Any, **models: dict[str, Any]) -> list[str]:
    texts = {"Wanted": json.dumps(schema), **{name: json.dumps(text) for name, text in models.items()}}
    return Schemas(texts).problems("Wanted", value)


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        (
            {"type": ["integer", "null"]},
            "a",
            'instance type (string) does not match any allowed primitive type (allowed: ["integer","null"])',
        ),
        ({"enum": [1, "a"]}, True, 'instance value (true) not found in enum (possible values: [1,"a"])'),
        (
            {"minimum": 1},
            0,
            "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
        ),
        (
            {"maximum": 5, "exclusiveMaximum": True},
            5,
            "numeric instance is not strictly lower than the required maximum 5",
        ),
        ({"minLength": 3}, "ab", 'string "ab" is too short (length: 2, required minimum: 3)'),
        ({"maxLength": 1}, "ab", 'string "ab" is too long (length: 2, maximum allowed: 1)'),
        ({"pattern": "^a$"}, "b", 'ECMA 262 regex "^a$" does not match input string "b"'),
        ({"format": "email"}, "nobody", 'string "nobody" is not a valid email address'),
        (
            {"minItems": 1},
            [],
            "array is too short: must have at least 1 elements but instance has 0 elements",
        ),
        ({"uniqueItems": True}, [1, 1], "array must not contain duplicate elements"),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"b": 1, "a": 2},
            'object instance has properties which are not allowed by the schema: ["b"]',
        ),
        ({"required": ["b", "a"]}, {}, 'object has missing required properties (["a","b"])'),
        (
            {"oneOf": [{"type": "string"}, {"minLength": 1}]},
            "a",
            "instance failed to match exactly one schema (matched 2 out of 2)",
        ),
        ({"not": {}}, 1, "instance matched a schema which it should not have"),
    ],
)
def test_validation_error_has_the_words_of_api_gateway(
    schema: dict[str, Any], value: Any, message: str
) -> None:
    assert problems(schema, value) == [message]


@pytest.mark.parametrize(
    "reference",
    [
        "#/definitions/Line",
        "#/components/schemas/Line",
        "https://apigateway.amazonaws.com/restapis/a1/models/Line",
    ],
)
def test_reference_leads_to_another_model(reference: str) -> None:
    order = {"properties": {"lines": {"items": {"$ref": reference}}}}
    line = {"type": "object", "required": ["sku"]}
    assert problems(order, {"lines": [{"sku": 1}, {}]}, Line=line) == [
        'object has missing required properties (["sku"])'
    ]


def test_recursive_schema_terminates() -> None:
    assert problems({"$ref": "#"}, 1) == []


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ab", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)
KINDS = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
SIZES = st.integers(0, 3)
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "type": KINDS | st.lists(KINDS, min_size=1, max_size=2, unique=True),
        "enum": st.lists(SCALARS, min_size=1, max_size=3),
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "multipleOf": st.integers(1, 3),
        "minLength": SIZES,
        "maxLength": SIZES,
        "pattern": st.sampled_from(["^a", "b$", ""]),
        "minItems": SIZES,
        "maxItems": SIZES,
        "uniqueItems": st.booleans(),
        "minProperties": SIZES,
        "maxProperties": SIZES,
        "required": st.lists(st.sampled_from("ab"), min_size=1, max_size=2, unique=True),
        "additionalProperties": st.booleans(),
        "dependencies": st.just({"a": ["b"]}),
    },
)
SCHEMAS = st.recursive(
    PLAIN,
    lambda inner: st.tuples(
        PLAIN,
        st.fixed_dictionaries(
            {},
            optional={
                "items": inner | st.lists(inner, min_size=1, max_size=2),
                "additionalItems": st.booleans() | inner,
                "properties": st.dictionaries(st.sampled_from("ab"), inner),
                "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), inner),
                "additionalProperties": st.booleans() | inner,
                "allOf": st.lists(inner, min_size=1, max_size=2),
                "anyOf": st.lists(inner, min_size=1, max_size=2),
                "oneOf": st.lists(inner, min_size=1, max_size=2),
                "not": inner,
            },
        ),
    ).map(lambda parts: {**parts[0], **parts[1]}),
    max_leaves=4,
)


@settings(max_examples=examples(60))
@given(SCHEMAS, VALUES)
def test_verdict_equals_that_of_the_reference_implementation(
    reference: Judge, schema: dict[str, Any], value: Any
) -> None:
    assert (problems(schema, value) == []) == reference(schema, value)
