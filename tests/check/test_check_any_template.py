"""Whatever stands in a template, `check` and the start answer in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.check.gate import blocking, unstartable
from localcloud.check.run import check
from localcloud.stack.template import Json, TemplateError, read_template
from tests.examples import examples

TESTS = Path(__file__).resolve().parents[1]
TEMPLATES = [
    read_template(TESTS / name / "template.yaml")
    for name in ("projects/chat", "projects/sam", "localcloud/notes", "localcloud/events", "watchtower/noisy")
]
# What people leave half written, and every form of CloudFormation's functions with the wrong thing in it.
JUNK: list[Any] = [
    *(None, 0, -1, 1.5, True, "", "x", "${", "${AWS::Region}", "arn:aws:lambda", 10**30, [], [[]], {}),
    *({"Ref": "X"}, {"Ref": 1}, {"Ref": ["a"]}, {"Fn::GetAtt": "A"}, {"Fn::GetAtt": [1, 2]}),
    *({"Fn::Sub": "${A.B}"}, {"Fn::Sub": ["x"]}, {"Fn::Sub": [1, 2]}, {"Fn::Join": 1}),
    *({"Fn::Join": ["", None]}, {"Fn::If": ["c"]}, {"Fn::If": [1, 2, 3]}, {"Fn::Select": [9, []]}),
    *({"Fn::FindInMap": ["a"]}, {"Fn::Split": [1]}, {"Fn::ForEach::X": ["a"]}, {"Fn::ImportValue": {}}),
    *({"Fn::Transform": 1}, [1, "a", None], {"a": {"b": {"c": None}}}),
]
NAMES = ("Type", "Properties", "Fn::If", "Ref", "Condition", "Transform", "Foo")


def places(value: Json, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else [])
    )
    for key, inner in items:
        yield (*above, key)
        yield from places(inner, (*above, key))


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Json]:
    template = copy.deepcopy(draw(st.sampled_from(TEMPLATES)))
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from([place for place in places(template) if place]))
        holder: Any = template
        for key in above:
            holder = holder[key]
        junk = copy.deepcopy(draw(st.sampled_from(JUNK)))
        if isinstance(holder, dict) and draw(st.booleans()):
            holder[draw(st.sampled_from(NAMES))] = holder.pop(last)
        else:
            holder[last] = junk
    return template


@given(damaged())
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_damaged_template_is_checked_without_a_crash(tmp_path: Path, template: dict[str, Json]) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    try:
        findings = check(path)
        read = read_template(path)
        refusals = [*blocking(read, path), *unstartable(read, path, {})]
    except TemplateError as error:
        assert str(error)
        return
    assert all(finding.message for finding in findings)
    assert all(refusals)
