"""Reading templates: intrinsics in both forms, and errors that name the place."""

from pathlib import Path

import pytest

from localcloud.stack.template import TemplateError, read_template


def write(folder: Path, text: str) -> Path:
    path = folder / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_short_intrinsics_become_long_ones(tmp_path: Path) -> None:
    template = read_template(
        write(
            tmp_path,
            """
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: Wanted
    Properties:
      QueueName: !Sub "${AWS::StackName}-q"
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
      Joined: !Join ["-", [!Ref A, b]]
      Nested: !If [Wanted, !GetAtt [Stack, Outputs.Url], !Ref "AWS::NoValue"]
""",
        )
    )
    assert template["AWSTemplateFormatVersion"] == "2010-09-09"
    assert template["Resources"] == {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Condition": "Wanted",
            "Properties": {
                "QueueName": {"Fn::Sub": "${AWS::StackName}-q"},
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}},
                "Joined": {"Fn::Join": ["-", [{"Ref": "A"}, "b"]]},
                "Nested": {
                    "Fn::If": ["Wanted", {"Fn::GetAtt": ["Stack", "Outputs.Url"]}, {"Ref": "AWS::NoValue"}]
                },
            },
        }
    }


def test_getatt_keeps_dots_of_the_attribute(tmp_path: Path) -> None:
    template = read_template(
        write(tmp_path, "Resources:\n  A: {Type: T, Properties: {U: !GetAtt Nested.Outputs.Url}}\n")
    )
    resources = template["Resources"]
    assert isinstance(resources, dict)
    assert resources["A"] == {
        "Type": "T",
        "Properties": {"U": {"Fn::GetAtt": ["Nested", "Outputs.Url"]}},
    }


def test_json_template_is_read(tmp_path: Path) -> None:
    template = read_template(write(tmp_path, '{"Resources": {"A": {"Type": "AWS::SQS::Queue"}}}'))
    assert template == {"Resources": {"A": {"Type": "AWS::SQS::Queue"}}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources:\n  A: [1,\n", "line 3: "),
        ("just text", "is not a CloudFormation template: it has no Resources"),
        ("Resources: []", "is not a CloudFormation template: it has no Resources"),
        ("Resources:\n  A: {}\n", "resource A has no Type"),
        ("Resources:\n  A: {Type: 7}\n", "resource A has no Type"),
    ],
)
def test_invalid_template_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(TemplateError) as refused:
        read_template(path)
    assert message in str(refused.value)
    assert str(refused.value).startswith(str(path))


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read: No such file"):
        read_template(tmp_path / "missing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"Resources: \xe9")
    with pytest.raises(TemplateError, match=r"is not UTF-8 text \(byte 11\)"):
        read_template(tmp_path / "latin.yaml")


@pytest.mark.parametrize("value", ["{{cookiecutter.runtime}}", "{{ runtime }}", "{% if x %}"])
def test_file_that_a_generator_fills_in_is_named_as_one(tmp_path: Path, value: str) -> None:
    path = write(tmp_path, f"Resources:\n  Work:\n    Type: T\n    Runtime: {value}\n")
    with pytest.raises(TemplateError, match=r"line 4: .* is a placeholder of a generator"):
        read_template(path)
