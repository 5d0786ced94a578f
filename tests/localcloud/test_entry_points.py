"""The commands of ``bin/``, from any folder, and what an installed local cloud says of its engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from clients.ready_file import default_ready_file
from clients.settings import load
from localcloud.engine_process import environment
from localcloud.engine_process.environment import EngineError, engine_command, engine_python
from tests.localcloud.running import ROOT

TEMPLATE = {
    "Resources": {
        "Notes": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        }
    },
    "Outputs": {"Table": {"Value": {"Ref": "Notes"}}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a user's folder, which has modules named like ours, and a template below it."""
    for name in ("localcloud", "clients", "compare"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('this is not Orderwire')\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "template.json").write_text(json.dumps(TEMPLATE))
    return tmp_path


def call(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(command), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def linked(folder: Path, name: str) -> Path:
    """Return a link to a command, in another folder."""
    link = folder / "a link"
    link.symlink_to(ROOT / "bin" / name)
    return link


@pytest.mark.slow  # what the others here do through a link
@pytest.mark.parametrize(
    ("name", "words", "usage"),
    [
        ("localcloud", ["--help"], "usage: localcloud [-h]"),
        ("orderwire", ["compare", "--help"], "usage: orderwire compare [-h]"),
    ],
)
def test_command_shows_its_usage_from_any_folder(
    name: str, words: list[str], usage: str, folder: Path
) -> None:
    done = call(linked(folder, name), *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(usage)


def test_exit_code_of_orderwire_is_that_of_its_command(folder: Path) -> None:
    done = call(linked(folder, "orderwire"), "--nonsense", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: orderwire ")


def test_paths_are_relative_to_the_folder_of_the_caller(folder: Path) -> None:
    localcloud = linked(folder, "localcloud")
    done = call(localcloud, "check", "deep/template.json", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    done = call(localcloud, "check", "template.json", cwd=folder)
    assert done.returncode == 2
    assert "template.json: cannot be read" in done.stderr


@pytest.mark.integration
def test_inner_command_runs_from_another_folder_with_its_exit_code(folder: Path) -> None:
    script = folder / "inside.py"
    script.write_text(
        "import boto3, json, os, sys\n"
        "ready = json.load(open(os.environ['LOCALCLOUD_READY_FILE']))\n"
        "tables = boto3.client('dynamodb').list_tables()['TableNames']\n"
        "assert tables == [ready['outputs']['Table']]\n"
        "print('variables', json.dumps(dict(os.environ)))\n"
        "sys.exit(7)\n"
    )
    words = ("deep/template.json", "--port", "0", "--exit", "--run", f"{sys.executable} {script}")
    done = call(ROOT / "bin" / "localcloud", *words, cwd=folder)
    assert done.returncode == 7, done.stdout + done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith("variables ")]
    variables = json.loads(line.removeprefix("variables "))
    assert variables["LOCALCLOUD_READY_FILE"] == str(folder / ".local" / "ready.json")
    # Commands that are run see none of our modules, but what leads AWS's names here.
    assert variables["PYTHONPATH"] == str(ROOT / "localcloud" / "preload" / "python")


def test_checkout_without_an_environment_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("localcloud", "orderwire"):
        (tmp_path / "bin" / name).write_text((ROOT / "bin" / name).read_text())
        (tmp_path / "bin" / name).chmod(0o755)
        done = call(tmp_path / "bin" / name, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr == f"{name}: no environment yet; run 'make setup' in {tmp_path}\n"


def test_installed_commands_refer_to_existing_functions() -> None:
    for folder, command in ((ROOT, "orderwire"), (ROOT / "localcloud", "localcloud")):
        scripts: Mapping[str, str] = tomllib.loads((folder / "pyproject.toml").read_text())["project"][
            "scripts"
        ]
        assert list(scripts) == [command]
        module, _, name = scripts[command].partition(":")
        assert callable(getattr(import_module(module), name))


def test_ready_file_of_the_checkout_is_the_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ours = {"ORDERWIRE_DEFAULT_READY_FILE": str(tmp_path / "ours.json")}
    assert default_ready_file({}) == Path(".local/ready.json")
    assert default_ready_file(ours) == tmp_path / "ours.json"
    # It is a guess: an explicit address does not want it.
    (tmp_path / "ours.json").write_text("no ready file")
    named = {**ours, "ORDERWIRE_ENDPOINT": "http://127.0.0.1:1/graphql", "ORDERWIRE_CLIENT_ID": "c"}
    assert load({**named, "AWS_REGION": "us-east-1"}).client_id == "c"
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "ready.json").write_text("{}")
    assert default_ready_file(ours) == Path(".local/ready.json")


def test_missing_engine_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCALCLOUD_ENGINE_PYTHON", raising=False)
    monkeypatch.setenv("LOCALCLOUD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    with pytest.raises(EngineError, match="LOCALCLOUD_ENGINE_PYTHON=ENGINE/bin/python") as installed:
        engine_python()
    assert str(environment.REQUIREMENTS) in str(installed.value)
    assert "ministack==" in environment.REQUIREMENTS.read_text()
    (tmp_path / "requirements").mkdir()
    with pytest.raises(EngineError, match=f"run `make setup` in {tmp_path}"):
        engine_python()
    monkeypatch.setenv("LOCALCLOUD_ENGINE_PYTHON", "/nowhere/python")
    with pytest.raises(EngineError, match="names /nowhere/python, and there is no such file"):
        engine_python()
    monkeypatch.setenv("LOCALCLOUD_ENGINE_PYTHON", sys.executable)
    assert engine_python() == Path(sys.executable)


def test_installed_engine_imports_the_local_cloud_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside it lie the packages of another environment, which the engine cannot live with."""
    engine = tmp_path / "localcloud" / "engine"
    engine.mkdir(parents=True)
    (engine / "__init__.py").write_text("")
    (engine / "part.py").write_text("import sys\n")
    (engine / "__main__.py").write_text(
        "from localcloud.engine import part\nprint(part.sys.argv[1:], __name__)\nimport beside\n"
    )
    (tmp_path / "beside.py").write_text("")
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    monkeypatch.setenv("LOCALCLOUD_ENGINE_PYTHON", sys.executable)
    done = subprocess.run(
        [*engine_command(), "--check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "['--check'] __main__\n"
    assert "No module named 'beside'" in done.stderr
