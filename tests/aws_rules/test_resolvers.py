"""Every resolver and pipeline step is one that AppSync takes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from localcloud.appsync.js.rules import broken_rules
from localcloud.appsync.js.scanner import scan
from tests.aws_rules.npm import installed, needs
from tests.shape import shape

FILES = shape.javascript()
# AppSync's quotas: bytes of code, functions in a pipeline, and bytes of a schema.
LARGEST_CODE = 32_768
MOST_FUNCTIONS = 10
LARGEST_SCHEMA = 1_048_576
LINTER = Path(__file__).parent / "eslint"
# What the plugin sees, and what only our own scanner does.
BAD = {
    "no-try": "export function request() { try { return {}; } catch (e) { return null; } }",
    "no-for": "export function request() { for (let i = 0; i < 3; i += 1) {} return {}; }",
    "no-recursion": "export function request() { return request(); }",
    "no-regex": "export function request() { return /a/; }",
    "no-async": "export async function request() { return {}; }",
}
MISSED_BY_THE_PLUGIN = {
    "no-throw": "export function request() { throw 'x'; }",
    "no-new": "export function request() { return new Date(); }",
    "no-unsupported-global": "export function request() { return fetch('x'); }",
}


def broken(code: str) -> set[str]:
    return {error.rule for error in broken_rules("x.js", list(scan(code)))}


def quotas(code: str, functions: int, schema: str) -> set[str]:
    """Return the quotas that are broken."""
    return {
        name
        for name, over in {
            "code": len(code.encode()) > LARGEST_CODE,
            "functions": functions > MOST_FUNCTIONS,
            "schema": len(schema.encode()) > LARGEST_SCHEMA,
        }.items()
        if over
    }


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_breaks_a_rule_of_the_runtime(name: str) -> None:
    assert broken(FILES[name]) == set()


def test_resolvers_keep_the_quotas() -> None:
    schema = (shape.ROOT / "schema.graphql").read_text(encoding="utf-8")
    longest = max(FILES.values(), key=lambda code: len(code.encode()))
    pipelines = [
        len(body.get("PipelineConfig", {}).get("Functions", []))
        for body in shape.resources("AWS::AppSync::Resolver").values()
    ]
    assert max(pipelines) >= 5
    assert quotas(longest, max(pipelines), schema) == set()


def test_quota_rule_reports_a_violation() -> None:
    assert quotas("x" * 32_769, 11, "x" * 1_048_577) == {"code", "functions", "schema"}
    assert quotas("é" * 16_385, 1, "") == {"code"}  # bytes, not characters


@pytest.mark.parametrize(("rule", "code"), [*BAD.items(), *MISSED_BY_THE_PLUGIN.items()])
def test_resolver_rule_reports_its_violation(rule: str, code: str) -> None:
    assert rule in broken(code)


def _eslint(folder: Path, files: dict[str, str]) -> set[tuple[str, str]]:
    """Return (file, rule) of what AWS's plugin finds. ESLint looks at nothing outside of its own folder."""
    needs("node")
    modules = installed(LINTER)
    for name in ("eslint.config.mjs", "tsconfig.json", "package.json"):
        shutil.copy(LINTER / name, folder / name)
    (folder / "node_modules").symlink_to(modules)
    for name, code in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    done = subprocess.run(
        ["node", "node_modules/eslint/bin/eslint.js", "--format", "json", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    results = json.loads(done.stdout)
    assert {Path(result["filePath"]).name for result in results} >= {Path(name).name for name in files}
    return {
        (Path(result["filePath"]).name, str(message["ruleId"]).removeprefix("@aws-appsync/"))
        for result in results
        for message in result["messages"]
    }


@pytest.mark.slow
def test_linter_of_aws_finds_nothing(tmp_path: Path) -> None:
    problems = _eslint(tmp_path, {**FILES, **{f"bad/{rule}.js": code for rule, code in BAD.items()}})
    assert {rule for name, rule in problems if name == f"{rule}.js"} == set(BAD)
    assert {name for name, _ in problems} == {f"{rule}.js" for rule in BAD}
