"""State machines of a template: what Step Functions refuses is an error, with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.check.gate import blocking
from localcloud.check.run import check
from localcloud.stack.template import read_template
from tests.check.templates import findings_of, ref

# Variables in JSONPath, filters, slices and a distributed Map: all of it is served.
SERVED = """\
Resources:
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !Sub "arn:aws:iam::${AWS::AccountId}:role/r"
      Definition:
        StartAt: A
        States:
          A:
            Type: Pass
            Assign: { v.$: $.n }
            Parameters: { rest.$: "$.rows[?(@.code != '201')]", first.$: "$.rows[0:1]" }
            Next: M
          M:
            Type: Map
            ItemsPath: $.rest
            ItemBatcher: { MaxItemsPerBatch: 2 }
            ItemProcessor:
              ProcessorConfig: { Mode: DISTRIBUTED, ExecutionType: STANDARD }
              StartAt: P
              States:
                P: { Type: Pass, End: true }
            End: true
"""
TASK = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Work}", "End": True}}}
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {}}


def machine(**values: Any) -> dict[str, Any]:
    kind = (
        "AWS::Serverless::StateMachine" if "DefinitionUri" in values else "AWS::StepFunctions::StateMachine"
    )
    return {"Resources": {"F": FUNCTION, "M": {"Type": kind, "Properties": {"RoleArn": "r", **values}}}}


def lines(folder: Path, text: str) -> list[str]:
    path = folder / "template.yaml"
    path.write_text(text)
    return [each.line(folder.resolve()) for each in check(path)]


def test_supported_machine_passes(tmp_path: Path) -> None:
    assert lines(tmp_path, SERVED) == []


@pytest.mark.parametrize(
    ("correct", "wrong", "line", "message"),
    [
        (
            "Mode: DISTRIBUTED, ExecutionType: STANDARD",
            "Mode: INLINE",
            14,
            "Field 'ItemBatcher' is not supported at /States/M",
        ),
        ("Next: M", "Next: N", 13, "Missing 'Next' target: N at /States/A/Next"),
        ('"$.rows[0:1]"', '"$.rows["', 12, "The value for the field 'first.$' must be a valid JSONPath"),
        ("ItemsPath: $.rest", "ItemsPath: rest", 16, "Value must be a valid JSONPath at /States/M/ItemsPath"),
        ("P: { Type: Pass", "P: { Type: Odd", 22, "Value should be one of the following: [Task, Pass"),
    ],
)
def test_refused_definition_is_an_error_on_its_line(
    tmp_path: Path, correct: str, wrong: str, line: int, message: str
) -> None:
    assert correct in SERVED
    first = lines(tmp_path, SERVED.replace(correct, wrong))[0]
    assert first.startswith(f"template.yaml:{line}: error: state-machine-refused: M: {message}")


def test_unsupported_integration_is_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("localcloud.states.integrations.table")
    definition = json.dumps(TASK).replace("${Work}", "arn:aws:states:::glue:startJobRun.sync")
    [finding] = findings_of(tmp_path, machine(DefinitionString=definition))
    assert "warning: state-machine-suspect: M: The local cloud does not serve the integration" in finding
    assert "glue:startJobRun.sync: an execution fails at this state" in finding


def test_service_that_is_not_served_is_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("localcloud.states.integrations.table")
    resource = "arn:aws:states:::aws-sdk:comprehend:detectSentiment"
    task = {"Type": "Task", "Resource": resource, "End": True}
    task["Parameters"] = {"Text": "fine", "LanguageCode": "en"}
    definition = {"StartAt": "A", "States": {"A": task}}
    [finding] = findings_of(tmp_path, machine(Definition=definition))
    assert f"M: The local cloud does not serve the integration {resource}: an execution fails" in finding
    task["Resource"] = "arn:aws:states:::aws-sdk:translate:translateText"
    task["Parameters"] = {"Text": "fine", "SourceLanguageCode": "en", "TargetLanguageCode": "fr"}
    assert findings_of(tmp_path, machine(Definition=definition)) == []


def test_inline_definition_text_has_lines_of_its_own(tmp_path: Path) -> None:
    text = """\
Resources:
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: r
      DefinitionString: !Sub |
        {
          "StartAt": "A",
          "States": {
            "A": { "Type": "Wait", "Seconds": -1, "Next": "B" },
            "B": { "Type": "Pass", "InputPath": "${AWS::Region}", "End": true }
          }
        }
"""
    assert lines(tmp_path, text) == [
        "template.yaml:10: error: state-machine-refused: M: Minimum value is 0 "
        "at /States/A/Seconds (SCHEMA_VALIDATION_FAILED)",
        "template.yaml:11: error: state-machine-refused: M: Value must be a valid JSONPath "
        "at /States/B/InputPath (SCHEMA_VALIDATION_FAILED)",
    ]


def test_definition_file_is_read_with_its_substitutions(tmp_path: Path) -> None:
    (tmp_path / "flow.asl.json").write_text(json.dumps(TASK, indent=1))
    values = {"DefinitionS3Location": "flow.asl.json", "DefinitionSubstitutions": {"Work": ref("F", "Arn")}}
    assert findings_of(tmp_path, machine(**values)) == []
    values["DefinitionSubstitutions"] = {"Work": "nothing"}
    path = tmp_path / "template.json"
    path.write_text(json.dumps(machine(**values)))
    [finding] = check(path)
    assert (finding.place.path.name, finding.place.line) == ("flow.asl.json", 6)
    assert finding.message.startswith("M: Value is not a valid resource ARN at /States/A/Resource")


@pytest.mark.parametrize(("default", "refused"), [("on", False), ("off", True)])
def test_condition_of_the_defaults_selects_a_substitution(
    tmp_path: Path, default: str, refused: bool
) -> None:
    text = """\
Parameters: { Stage: { Type: String, Default: DEFAULT } }
Conditions:
  On: !Equals [!Ref Stage, "on"]
  Both: !And [!Condition On, !Not [!Equals [!Ref Stage, "off"]]]
Resources:
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: r
      DefinitionSubstitutions: { Last: !If [Both, A, Nowhere] }
      Definition: { StartAt: "${Last}", States: { A: { Type: Succeed } } }
"""
    found_lines = lines(tmp_path, text.replace("DEFAULT", f'"{default}"'))
    assert any("Nowhere" in line for line in found_lines) is refused


def test_boolean_substitution_is_written_as_json(tmp_path: Path) -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": ${Flag}, "End": true}}}'
    values: dict[str, Any] = {"DefinitionString": text, "DefinitionSubstitutions": {"Flag": True}}
    assert findings_of(tmp_path, machine(**values)) == []


def test_missing_definition_file_is_an_error(tmp_path: Path) -> None:
    [finding] = findings_of(tmp_path, machine(DefinitionS3Location="absent.json"))
    assert finding.startswith("error: file-missing: M.DefinitionS3Location names")


def test_sam_definition_may_be_yaml(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text("StartAt: A\nStates:\n  A:\n    Type: Pass\n    Next: B\n")
    text = "\n".join(findings_of(tmp_path, machine(DefinitionUri="flow.yaml")))
    assert "M: Missing 'Next' target: B at /States/A/Next (MISSING_TRANSITION_TARGET)" in text


def test_parts_joined_by_cdk_are_one_definition(tmp_path: Path) -> None:
    before, after = json.dumps(TASK).split("${Work}")
    joined = {"Fn::Join": ["", [before, ref("F", "Arn"), after]]}
    assert findings_of(tmp_path, machine(DefinitionString=joined)) == []
    joined["Fn::Join"][1][1] = "pay"  # type: ignore[index]
    assert "Value is not a valid resource ARN" in findings_of(tmp_path, machine(DefinitionString=joined))[0]


def test_value_known_only_at_deployment_is_no_error(tmp_path: Path) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Wait", "End": True}}}
    definition["States"]["A"]["Seconds"] = {"Fn::ImportValue": "seconds"}  # type: ignore[index]
    assert findings_of(tmp_path, machine(Definition=definition)) == []


def test_express_machine_is_checked_by_the_rules_of_express(tmp_path: Path) -> None:
    definition = json.dumps(TASK).replace("${Work}", "arn:aws:states:us-east-1:123456789012:activity:a")
    assert findings_of(tmp_path, machine(DefinitionString=definition)) == []
    [finding] = findings_of(tmp_path, machine(DefinitionString=definition, StateMachineType="EXPRESS"))
    assert "Express state machine does not support Activity ARN" in finding


def test_probable_mistake_is_a_warning(tmp_path: Path) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a": "$.b"}, "End": True}}}
    [finding] = findings_of(tmp_path, machine(Definition=definition))
    assert finding.startswith("warning: state-machine-suspect: M: The value of 'a' looks like a JSONPath")
    assert finding.endswith("(NO_DOLLAR)")


def test_refused_definition_blocks_an_edit(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(SERVED)
    assert blocking(read_template(path), path) == []
    path.write_text(SERVED.replace("Next: M", "Next: N"))
    assert "(state-machine-refused)" in blocking(read_template(path), path)[0]
