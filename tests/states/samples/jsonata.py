"""Machines in JSONata or with variables, with inputs, by name: for second opinions on how they end."""

from __future__ import annotations

from tests.states.samples.builders import LATE, ORDER, Machine, chain, failing, jsonata, output, when

# Their expressions, and all variables, are JSONata to moto.
JSONATA: dict[str, Machine] = {
    "variable": chain(
        ORDER,
        A={"Type": "Pass", "Assign": {"v.$": "$.lines", "w": 1}},
        B={"Type": "Pass", "Parameters": {"a.$": "$v[1].sku", "b.$": "$w"}},
    ),
    "variable-old-value": chain(
        {"x": 1},
        A={"Type": "Pass", "Assign": {"v.$": "$.x"}},
        B={"Type": "Pass", "Assign": {"v": 2, "old.$": "$v"}},
        C={"Type": "Pass", "Parameters": {"v.$": "$v", "old.$": "$old"}},
    ),
    "variable-choice": chain(
        {"x": 1},
        A={"Type": "Pass", "Assign": {"v.$": "$.x"}},
        B={
            "Type": "Choice",
            "Choices": [{"Variable": "$v", "NumericEquals": 1, "Next": "C"}],
            "Default": "D",
        },
        C={"Type": "Succeed"},
        D={"Type": "Fail", "Error": "no"},
    ),
    "jsonata-output": output(
        {"id": "{% $states.input.id %}", "sum": "{% $sum($states.input.lines.(n * price)) %}", "c": [1, None]}
    ),
    "jsonata-value": output("{% $count($states.input.tags) %}"),
    "jsonata-plain-text": output("tea"),
    "jsonata-null": output("{% $states.input.note %}"),
    "jsonata-undefined": output("{% $states.input.absent %}"),
    "jsonata-error": output("{% 1 + 'a' %}"),
    "jsonata-raises": output("{% $error('no') %}"),
    "jsonata-one-item": output("{% $states.input.lines[n = 1].sku %}"),
    "jsonata-none": output("{% [$states.input.lines[n = 9]] %}"),
    "jsonata-predicate": output("{% $states.input.lines[n > 1] %}"),
    "jsonata-group": output("{% $states.input.lines{sku: n} %}"),
    "jsonata-sort": output("{% $states.input.lines^(>price).sku %}"),
    "jsonata-remainder": output("{% 7.75 % 0.5 %}"),
    "jsonata-null-in-array": output("{% $map([1, null, 2], function($v) { $v }) %}"),
    "jsonata-distinct": output("{% $distinct([1, true, 1, 0, false]) %}"),
    "jsonata-in": output("{% 1 in [true] %}"),
    "jsonata-regex": output("{% $replace('o-17', /(\\d+)/, '<$1>') %}"),
    "jsonata-reduce": output("{% $reduce($states.input.lines.n, function($a, $b) { $a + $b }) %}"),
    "jsonata-number-text": output("{% $string(1/3) & ' ' & $string(1e21) & ' ' & $string(0.1 + 0.2) %}"),
    "jsonata-partition": output("{% $partition([1,2,3,4,5], 2) %}"),
    "jsonata-range": output("{% $range(1, 9, 3) %}"),
    "jsonata-parse": output("{% $parse('{\"a\":[1,null]}') %}"),
    "jsonata-hash": output("{% $hash('tea', 'SHA-1') %}"),
    "jsonata-context": output("{% $states.context.State.Name %}"),
    "jsonata-assign": jsonata(
        chain(
            ORDER,
            A={
                "Type": "Pass",
                "Assign": {"n": "{% $states.input.total * 2 %}", "k": {"id": "{% $states.input.id %}"}},
            },
            B={"Type": "Pass", "Output": "{% [$n, $k.id] %}"},
        )
    ),
    "jsonata-assign-then-output": jsonata(
        chain(
            {"x": 1},
            A={"Type": "Pass", "Assign": {"v": "{% $states.input.x %}"}},
            B={"Type": "Pass", "Assign": {"v": 5}, "Output": "{% $v %}"},
        )
    ),
    "jsonata-unassigned": output("{% $nobody %}"),
    "jsonata-choice": when("{% $states.input.total > 40 and $states.input.paid %}"),
    "jsonata-choice-not": when("{% 'gone' in $states.input.tags %}"),
    "jsonata-choice-not-boolean": when("{% $states.input.id %}"),
    "jsonata-map": jsonata(
        chain(
            ORDER,
            A={
                "Type": "Map",
                "Items": "{% $states.input.lines %}",
                "ItemSelector": {
                    "i": "{% $states.context.Map.Item.Index %}",
                    "sku": "{% $states.context.Map.Item.Value.sku %}",
                },
                "ItemProcessor": chain(
                    None, I={"Type": "Pass", "Output": "{% $states.input.sku & $string($states.input.i) %}"}
                )[0],
                "Output": "{% $states.result %}",
            },
        )
    ),
    "jsonata-map-not-array": jsonata(
        chain(
            ORDER,
            A={
                "Type": "Map",
                "Items": "{% $states.input.id %}",
                "ItemProcessor": chain(None, I={"Type": "Pass"})[0],
            },
        )
    ),
    "jsonata-parallel": jsonata(
        chain(
            ORDER,
            A={
                "Type": "Parallel",
                "Arguments": {"id": "{% $states.input.id %}"},
                "Branches": [
                    chain(None, X={"Type": "Pass"})[0],
                    chain(None, Y={"Type": "Pass", "Output": 1})[0],
                ],
                "Output": "{% $states.result[1] + $count($states.result) %}",
            },
        )
    ),
    "jsonata-catch": jsonata(
        chain(
            ORDER,
            A={
                **failing(),
                "Catch": [
                    {
                        **LATE,
                        "Assign": {"e": "{% $states.errorOutput.Error %}"},
                        "Output": "{% $states.errorOutput.Cause %}",
                        "Next": "C",
                    }
                ],
                "Next": "B",
            },
            B={"Type": "Pass", "End": True},
            C={"Type": "Pass", "Output": "{% [$e, $states.input] %}"},
        )
    ),
    "jsonata-catch-query": jsonata(
        chain(
            ORDER,
            A={
                "Type": "Parallel",
                "Branches": [chain(None, X={"Type": "Pass", "Output": "{% 1 + 'a' %}"})[0]],
                "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "C"}],
                "Next": "B",
            },
            B={"Type": "Pass", "End": True},
            C={"Type": "Pass", "Output": "{% $states.input.Error %}"},
        )
    ),
    "jsonata-fail": jsonata(
        chain(
            ORDER,
            A={
                "Type": "Fail",
                "Error": "{% 'E-' & $states.input.id %}",
                "Cause": "{% $states.input.tags[0] %}",
            },
        )
    ),
    "jsonata-wait": jsonata(chain({"s": 0}, A={"Type": "Wait", "Seconds": "{% $states.input.s %}"})),
    "jsonata-wait-not-number": jsonata(
        chain({"s": "x"}, A={"Type": "Wait", "Seconds": "{% $states.input.s %}"})
    ),
    "jsonata-state-in-jsonpath": chain(
        {"x": 1},
        A={"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"y": "{% $states.input.x + 1 %}"}},
        B={"Type": "Pass", "OutputPath": "$.y"},
    ),
}
