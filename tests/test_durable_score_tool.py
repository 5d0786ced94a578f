"""``tools/durable_score``: what is deployed, what the suite's report means, and what the page says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.stack.template import properties, read_template, resources
from tools.durable_score import judging, named, page, parts

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    LoggingConfig: {LogFormat: JSON}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {}
  StepBasic:
    Type: AWS::Serverless::Function
    TestingMetadata: {TestDescription: ["1-1"]}
    Properties:
      CodeUri: lambda-build/
      Handler: step.step_basic.handler
      Role: !GetAtt Role.Arn
"""


@pytest.fixture
def handlers(tmp_path: Path) -> Path:
    folder = tmp_path / "handlers-of-the-sdk"
    for suite in ("step", "wait_for_callback"):
        (folder / "handlers" / suite).mkdir(parents=True)
        (folder / "handlers" / suite / "basic.py").write_text("handler = None")
        (folder / f"template_{suite}.yaml").write_text(TEMPLATE.replace("StepBasic", f"Basic{suite[:4]}"))
    return folder


@pytest.fixture
def sdk(tmp_path: Path) -> parts.Sdk:
    folder = tmp_path / "aws_durable_execution_sdk_python"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    return parts.Sdk("3.0.0", folder)


def report(*rows: tuple[str, str, list[str]]) -> str:
    results = [
        {"id": name, "suite": "step", "function": "F", "status": status, "errors": errors, "reason": None}
        for name, status, errors in rows
    ]
    return json.dumps({"results": results})


def test_a_suite_is_deployed_by_its_own_template(handlers: Path, sdk: parts.Sdk, tmp_path: Path) -> None:
    folder = tmp_path / "suite"
    folder.mkdir()
    template = judging.assemble(handlers, "step", sdk, folder)
    assert template.read_bytes() == (handlers / "template_step.yaml").read_bytes()
    assert (folder / "lambda-build" / "step" / "basic.py").is_file()
    assert (folder / "lambda-build" / sdk.folder.name / "__init__.py").is_file()
    assert judging.suites(handlers) == ["step", "wait_for_callback"]


def test_a_requirement_is_met_only_when_it_is_passed() -> None:
    verdicts = judging.verdicts(
        report(
            ("1-1", "PASSED", []),
            ("1-2", "FAILED", ["Event[2]: key missing"]),
            ("1-3", "OPTIONAL_FAILED", ["late"]),
            ("1-4", "NOT_IMPLEMENTED", []),
            ("1-5", "UNCOVERED", []),
        )
    )
    assert [verdict.requirement for verdict in verdicts if verdict.met] == ["1-1"]
    assert verdicts[1].errors == ("Event[2]: key missing",)
    assert verdicts[4].errors == ("UNCOVERED",)


def test_the_page_names_versions_and_what_is_missed() -> None:
    verdicts = judging.verdicts(report(("1-1", "PASSED", []), ("1-2", "FAILED", ["a | b\nc"])))
    score = page.Score("2026-11-30", "1.0.0", "f7cc39728da0", {"step": "3.0.0"}, verdicts)
    before = f"# Durable\n\n{page.BEGIN}\n{page.END}\n\n## More\n"
    after = page.put_into(before, page.render(score))
    assert "| step | 1 of 2 |" in after
    assert "| **all** | **1 of 2** |" in after
    assert "- not met: 1-2, `F`: a \\| b c" in after
    assert after.startswith("# Durable\n\n") and after.endswith(f"{page.END}\n\n## More\n")
    assert page.put_into(after, page.render(score)) == after


def test_a_page_without_a_place_for_the_score_is_refused() -> None:
    with pytest.raises(ValueError, match="has no score"):
        page.put_into("# Durable\n", "")


def test_the_projects_page_has_a_place_for_the_score() -> None:
    text = (parts.ROOT / "docs" / "durable.md").read_text(encoding="utf-8")
    assert page.put_into(text, f"{page.BEGIN}\n{page.END}")


def test_functions_of_all_suites_stand_in_one_template_under_their_own_names(
    handlers: Path, sdk: parts.Sdk, tmp_path: Path
) -> None:
    suites = dict.fromkeys(("step", "wait_for_callback"), sdk)
    merged = resources(read_template(named.write(handlers, suites, tmp_path / "out")))
    assert set(merged) == {"StepRole", "WaitForCallbackRole", "Basicstep", "Basicwait"}
    function = properties(merged["Basicwait"])
    assert function["FunctionName"] == "Basicwait"
    assert function["LoggingConfig"] == {"LogFormat": "JSON"}
    assert function["Role"] == {"Fn::GetAtt": ["WaitForCallbackRole", "Arn"]}
    assert (tmp_path / "out" / str(function["CodeUri"]) / "wait_for_callback" / "basic.py").is_file()
