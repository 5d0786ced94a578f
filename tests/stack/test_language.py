"""Loops are written out as CloudFormation does it, and local paths in them as ``sam build`` does."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.check.positions import Positions
from localcloud.check.rules.loops import check_loops
from localcloud.stack.language import Literals, LoopError, Unresolved, with_loops
from localcloud.stack.template import TemplateError, read_template, resources

CASES = Path(__file__).parent / "templates"
QUEUE = {"Type": "AWS::SQS::Queue"}
LANGUAGE = "AWS::LanguageExtensions"


def write(folder: Path, text: str) -> Path:
    path = folder / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def loops(section: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Transform": LANGUAGE, "Resources": section, **more}


def refusal(section: dict[str, Any], **more: Any) -> str:
    with pytest.raises(LoopError) as refused:
        with_loops(loops(section, **more), {})
    return str(refused.value)


def test_loop_over_a_parameter_writes_a_resource_for_each_item(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
Transform: [AWS::LanguageExtensions]
Parameters:
  Names: { Type: CommaDelimitedList, Default: "Early, Late" }
Resources:
  Fn::ForEach::Shifts:
    - Shift
    - !Ref Names
    - Queue${Shift}:
        Type: AWS::SQS::Queue
        Properties: { QueueName: !Sub "shift-${Shift}", Tags: [{ Key: of, Value: !Ref Shift }] }
""",
    )
    assert resources(read_template(path)) == {
        f"Queue{name}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": f"shift-{name}", "Tags": [{"Key": "of", "Value": name}]},
        }
        for name in ("Early", "Late")
    }
    assert list(resources(read_template(path, {"Names": "Night"}))) == ["QueueNight"]
    assert resources(read_template(path, {"Names": ""})) == {}
    assert Positions(path).of("QueueLate").line == 9


def test_nested_loop_refers_to_resources_of_the_outer_one() -> None:
    template = loops(
        {
            "Fn::ForEach::Outer": [
                "Prefix",
                ["Transit", "Public"],
                {
                    "Acl${Prefix}": QUEUE,
                    "Fn::ForEach::Inner": [
                        "Suffix",
                        ["A", "B"],
                        {
                            "${Prefix}Net${Suffix}": {
                                **QUEUE,
                                "DependsOn": [{"Ref": "Suffix"}],
                                "Properties": {
                                    "Net": {"Ref": {"Fn::Sub": "Acl${Prefix}"}},
                                    "Arn": {"Fn::GetAtt": [{"Fn::Sub": "Acl${Prefix}"}, {"Ref": "Suffix"}]},
                                    "Url": {"Fn::Sub": "${Prefix}-${AWS::Region}"},
                                    "Plain": "stays ${Prefix}",
                                },
                            }
                        },
                    ],
                },
            ]
        }
    )
    written = resources(with_loops(template, {}))
    assert list(written) == [
        "AclTransit", "TransitNetA", "TransitNetB", "AclPublic", "PublicNetA", "PublicNetB",
    ]  # fmt: skip
    assert written["PublicNetB"] == {
        **QUEUE,
        "DependsOn": ["B"],
        "Properties": {
            "Net": {"Ref": "AclPublic"},
            "Arn": {"Fn::GetAtt": ["AclPublic", "B"]},
            "Url": {"Fn::Sub": "Public-${AWS::Region}"},
            "Plain": "stays ${Prefix}",
        },
    }


def test_loops_are_allowed_in_properties_conditions_and_outputs() -> None:
    template = loops(
        {
            "Queue": {
                **QUEUE,
                "Properties": {"Fn::ForEach::Times": ["Name", ["A", "B"], {"${Name}Seconds": 30}]},
            }
        },
        Conditions={"Fn::ForEach::On": ["X", ["P", "Q"], {"On${X}": {"Fn::Equals": [{"Ref": "X"}, "P"]}}]},
        Outputs={
            "Fn::ForEach::Stated": [
                "Address",
                ["10.0.0.1", "10.0.0.2"],
                {"Host&{Address}": {"Value": {"Ref": "Address"}}},
            ]
        },
    )
    written: Any = with_loops(template, {})
    assert written["Resources"]["Queue"]["Properties"] == {"ASeconds": 30, "BSeconds": 30}
    assert written["Conditions"]["OnQ"] == {"Fn::Equals": ["Q", "P"]}
    assert written["Outputs"] == {"Host10001": {"Value": "10.0.0.1"}, "Host10002": {"Value": "10.0.0.2"}}


@pytest.mark.parametrize(
    ("collection", "items"),
    [
        ({"Fn::FindInMap": ["Map", "top", "list"]}, ["x", "y"]),
        ({"Fn::FindInMap": ["Map", "none", "list", {"DefaultValue": ["d"]}]}, ["d"]),
        ({"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "list"]}, ["z"]),
        ({"Fn::Split": ["-", {"Ref": "Text"}]}, ["p", "q"]),
        ([{"Ref": "Text"}, {"Fn::Sub": "${Text}2"}, {"Fn::Join": ["", ["a", "b"]]}], ["p-q", "p-q2", "ab"]),
        ([{"Fn::Select": [1, {"Ref": "Numbers"}]}, {"Fn::Length": {"Ref": "Numbers"}}], ["2", "2"]),
        ([{"Fn::Sub": ["${A}${!B}", {"A": "a"}]}], ["a${B}"]),
        ([], []),
    ],
)
def test_collection_may_use_values_known_before_the_stack(collection: Any, items: list[str]) -> None:
    template: dict[str, Any] = {
        "Parameters": {
            "Text": {"Type": "String", "Default": "p-q"},
            "Numbers": {"Type": "List<Number>", "Default": "1,2"},
        },
        "Mappings": {"Map": {"top": {"list": ["x", "y"]}, "us-east-1": {"list": ["z"]}}},
    }
    assert Literals(template, {}).items(collection, {}) == items


@pytest.mark.parametrize(
    "collection",
    [
        {"Fn::GetAtt": ["A", "B"]},
        {"Ref": "Absent"},
        {"Ref": "Looked"},
        {"Fn::FindInMap": ["Map", "a", "b"]},
        {"Fn::Select": [4, ["a"]]},
        [["a"]],
        "text",
    ],
)
def test_collection_known_only_by_the_stack_is_refused(collection: Any) -> None:
    looked: dict[str, Any] = {
        "Looked": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/names"}
    }
    with pytest.raises(Unresolved):
        Literals({"Parameters": looked}, {}).items(collection, {})
    assert "is not known before the stack is there" in refusal(
        {"Fn::ForEach::L": ["X", collection, {"Q${X}": QUEUE}]}, Parameters=looked
    )


def test_loop_refused_by_cloudformation_is_refused() -> None:
    fine: dict[str, Any] = {"Fn::ForEach::L": ["X", ["a"], {"Q${X}": QUEUE}]}
    assert "needs a name" in refusal({**fine, "L": QUEUE})
    assert "needs a name" in refusal({"Fn::ForEach::": ["X", ["a"], {"Q${X}": QUEUE}]})
    assert "has neither ${X} nor &{X}" in refusal({"Fn::ForEach::L": ["X", ["a"], {"Q": QUEUE}]})
    assert "is no logical id" in refusal({"Fn::ForEach::L": ["X", ["a.b"], {"Q${X}": QUEUE}]})
    assert "more than once" in refusal({"Fn::ForEach::L": ["X", ["a", "a"], {"Q${X}": QUEUE}]})
    assert "more than once" in refusal({**fine, "Qa": QUEUE})
    assert "another loop" in refusal(fine, Outputs={"Fn::ForEach::L": ["X", ["a"], {"O${X}": {}}]})
    assert "cannot be in Mappings" in refusal({}, Mappings={"Fn::ForEach::M": ["X", ["a"], {"O${X}": {}}]})
    for body in (None, [], ["X", ["a"]], ["X", ["a"], {}], [1, ["a"], {"Q${X}": QUEUE}], {"X": "a"}):
        assert "a loop is an identifier" in refusal({"Fn::ForEach::L": body})
    deep: dict[str, Any] = {"Q${A}${B}${C}${D}${E}${F}": QUEUE}
    for name in "FEDCBA":
        deep = {f"Fn::ForEach::L{name}": [name, ["x"], deep]}
    assert "nested 5 deep at most" in refusal(deep)
    with pytest.raises(LoopError, match="needs Transform"):
        with_loops({"Resources": fine}, {})
    with pytest.raises(LoopError, match="must come before"):
        with_loops({"Transform": ["AWS::Serverless-2016-10-31", LANGUAGE], "Resources": fine}, {})


def test_refused_loop_is_named_with_its_line(tmp_path: Path) -> None:
    path = write(
        tmp_path, "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::A: [X, [a], {Q: {}}]\n"
    )
    with pytest.raises(TemplateError, match=r"template\.yaml, line 3: Fn::ForEach::A: Q has neither"):
        read_template(path)


def test_local_path_in_a_loop_differs_for_each_item() -> None:
    values: dict[str, Any] = {"CodeUri": "services/${Name}", "Handler": "index.${Name}"}
    function: dict[str, Any] = {"Type": "AWS::Serverless::Function", "Properties": values}
    nested: dict[str, Any] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "${Name}.yaml"},
    }
    template = loops({"Fn::ForEach::F": ["Name", ["a"], {"F${Name}": function, "S${Name}": nested}]})
    written = resources(with_loops(template, {}))
    assert written["Fa"]["Properties"] == {"CodeUri": "services/a", "Handler": "index.${Name}"}
    assert written["Sa"]["Properties"] == {"TemplateURL": "a.yaml"}
    assert values["CodeUri"] == "services/${Name}", "the template that was read is not changed"


def test_unreplaced_variable_text_in_a_loop_is_a_warning(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Outer:
    - Name
    - [a]
    - Fn::ForEach::Inner:
        - Other
        - [b]
        - ${Name}${Other}:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: services/${Name}
              FunctionName: work-${Name}
              Role: !Sub "arn:${Other}"
              Description: { Fn::Sub: "${Name}" }
              Layers: [!Sub ["${Name}", {}], "&{Other}", "${Elsewhere}", "${!Name}"]
""",
    )
    assert [
        (finding.place.line, finding.message.partition(" ")[0]) for finding in check_loops(Positions(path))
    ] == [
        (14, "'work-${Name}'"),
        (17, "'&{Other}'"),
    ]


@given(st.lists(st.text("abcXYZ019", min_size=1), unique=True), st.booleans())
def test_loop_writes_one_resource_per_item_in_order(items: list[str], ampersand: bool) -> None:
    key = "Q&{X}" if ampersand else "Q${X}"
    written = with_loops(loops({"Fn::ForEach::L": ["X", [*items], {key: QUEUE}]}), {})
    assert list(resources(written)) == [f"Q{item}" for item in items]
