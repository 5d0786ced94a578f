"""What greets a visitor: the workflow, the forms of issues, and types for those who install the clients."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))


def test_workflow_runs_what_ci_runs_with_pinned_actions() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    actions = re.findall(r"uses: (\S+)", text)
    assert actions
    assert [action for action in actions if not re.search(r"@[0-9a-f]{40}$", action)] == []
    assert "run: .ci/run" in text
    assert "run: make lint" in text
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_questions_with_ids_of_their_own(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"]
    assert form["description"]
    questions = [entry for entry in form["body"] if entry["type"] != "markdown"]
    identifiers = [question["id"] for question in questions]
    assert len(set(identifiers)) == len(identifiers) > 0
    assert all(question["attributes"]["label"] for question in questions)


def test_clients_are_installed_with_their_types() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["clients"]
    assert (ROOT / "clients" / "py.typed").exists()
