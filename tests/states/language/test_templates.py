"""Payload templates: what is filled in, and what stays as it is."""

from __future__ import annotations

import pytest

from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.templates import compile_template
from tests.states.language.support import scope_of


def test_template_fills_in_the_keys_that_end_in_a_dollar() -> None:
    template = {
        "kind": "order",
        "id.$": "$.id",
        "text.$": "States.Format('{}!', $.id)",
        "nested": {"state.$": "$$.State.Name", "x": "$.id"},
        "list": [{"total.$": "$total"}, 1],
    }
    scope = scope_of({"id": 7}, context={"State": {"Name": "S"}}, variables={"total": 12})
    assert compile_template(template, field="Parameters")(scope) == {
        "kind": "order",
        "id": 7,
        "text": "7!",
        "nested": {"state": "S", "x": "$.id"},
        "list": [{"total": 12}, 1],
    }


def test_template_without_a_path_is_returned_unchanged() -> None:
    template = {"a": {"b": [1, {"c": "$.x"}]}}
    assert compile_template(template, field="Parameters")(scope_of()) is template


def test_template_shares_its_constant_parts() -> None:
    template = {"same": {"b": 1}, "id.$": "$"}
    assert compile_template(template, field="Parameters")(scope_of(1))["same"] is template["same"]


def test_template_names_the_key_when_its_path_leads_nowhere() -> None:
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_invalid_jsonpath
    evaluate = compile_template({"deep": {"id.$": "$.id"}}, field="Parameters")
    with pytest.raises(EvaluationError) as raised:
        evaluate(scope_of({"x": 1}))
    assert raised.value.cause == (
        "The JSONPath '$.id' specified for the field 'id.$' could not be found in the input '{\"x\":1}'"
    )


@pytest.mark.parametrize("template", [{"a.$": 1}, {"a.$": "text"}, {"a.$": {"b": 1}}, {"a": {"b.$": "$["}}])
def test_template_is_refused_when_such_a_key_holds_no_path(template: object) -> None:
    with pytest.raises(DefinitionError):
        compile_template(template, field="Parameters")
