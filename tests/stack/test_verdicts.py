"""Types of resources: served, accepted without effect, stand-ins, or refused before anything is created."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.check.finding import Severity
from localcloud.check.gate import unstartable
from localcloud.check.run import check
from localcloud.contracts.accepted_types import ACCEPTED
from localcloud.contracts.registry import registry, stand_in_types
from localcloud.contracts.supported import HONOURED
from localcloud.stack.template import read_template
from localcloud.stack.verdicts import SERVED_OF_SAM, TypeVerdict, judge

ROOT = Path(__file__).parents[2]
TEMPLATE = """\
Parameters: {Big: {Type: String, Default: "no"}}
Conditions: {IsBig: !Equals [!Ref Big, "yes"]}
Resources:
  Filter: {Type: AWS::WAFv2::WebACL}
  Database: {Type: AWS::RDS::DBInstance, Condition: IsBig}
  Odd:
    Type: AWS::Odd::Thing
  Shared:
    Type: AWS::DynamoDB::Table
    Properties: {VectorIndexes: [{IndexName: near}]}
"""


def test_each_type_has_one_verdict_at_most() -> None:
    assert not ACCEPTED.keys() & HONOURED.keys()
    assert not SERVED_OF_SAM & (ACCEPTED.keys() | HONOURED.keys())


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("AWS::SQS::Queue", TypeVerdict.SERVED),
        ("AWS::Serverless::Function", TypeVerdict.SERVED),
        ("Custom::Anything", TypeVerdict.SERVED),
        ("AWS::EC2::VPC", TypeVerdict.ACCEPTED),
        ("AWS::EC2::Instance", TypeVerdict.STAND_IN),
        ("AWS::QuickSight::Dashboard", TypeVerdict.STAND_IN),
        ("AWS::CloudFormation::Macro", TypeVerdict.REFUSED),
        ("AWS::Serverless::CapacityProvider", TypeVerdict.REFUSED),
        ("AWS::Odd::Thing", TypeVerdict.REFUSED),
        ("Odd", TypeVerdict.REFUSED),
    ],
)
def test_every_type_has_a_verdict(kind: str, verdict: TypeVerdict) -> None:
    assert judge(kind).verdict is verdict


def test_check_and_start_refuse_the_same_types_with_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    errors = [
        f"{item.place.path.name}:{item.place.line}: {item.message}"
        for item in check(path)
        if item.severity is Severity.ERROR
    ]
    sentences = [
        "template.yaml:6: Odd: AWS::Odd::Thing is not served by the local cloud: AWS has no such type",
        "template.yaml:8: AWS::DynamoDB::Table: there is no vector search here: VectorIndexes is not served",
    ]
    assert unstartable(read_template(path), path, {}) == sentences
    assert [line for line in errors if line.split(":")[1] in {"6", "8"}] == sentences
    assert unstartable(read_template(path), path, {"Big": "yes"}) == sentences


def test_stand_in_is_a_warning_unless_a_condition_excludes_it(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    assert not [item for item in check(path) if item.message.startswith("Database")]
    [warning] = [item for item in check(path, values={"Big": "yes"}) if item.rule == "unserved-type"][:1]
    assert (warning.severity, warning.place.line) == (Severity.WARNING, 5)
    assert warning.message == (
        "Database: AWS::RDS::DBInstance: there is no relational database here; it is created as a stand-in, "
        "and calls to it fail"
    )


def test_registry_has_every_type_of_the_tables() -> None:
    assert not HONOURED.keys() - registry().keys()
    # MiniStack's table has had this one from before it was in the registry.
    assert ACCEPTED.keys() - registry().keys() == {"AWS::DynamoDB::ContributorInsights"}


def test_every_type_that_the_engine_stands_in_for_is_judged_a_stand_in() -> None:
    assert [kind for kind in stand_in_types() if judge(kind).verdict is not TypeVerdict.STAND_IN] == []
