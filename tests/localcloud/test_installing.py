"""``localcloud/`` by itself: its dependencies, its files, its engine's environment, a start."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from localcloud import __version__
from localcloud.engine_process import environment
from localcloud.engine_process.environment import EngineError, create_environment, engine_python
from tests.localcloud.running import ROOT

PACKAGE = ROOT / "localcloud"
DECLARED: dict[str, Any] = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
# What explains the package and what checks it: nothing of it is read when the local cloud runs.
NOT_SHIPPED = {
    "engine/mends.lock",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "setup.py",
    "engine/mypy.ini",
}
_FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:(?:    .*)?\n)+", re.MULTILINE)
_IMPORT = re.compile(
    r"^ *(?:from (\w+)[\w.]* import |import (\w+)[\w.]*(?: as \w+)?(?:  #.*)?$)", re.MULTILINE
)
# Where a distribution is not named like the package that it brings.
DISTRIBUTIONS = {
    "graphql": "graphql-core",
    "jsonata": "jsonata-python",
    "jwt": "pyjwt",
    "quickjs": "quickjs-ng",
    "yaml": "pyyaml",
}


def modules() -> Iterator[Path]:
    for path in PACKAGE.rglob("*.py"):
        if "node_modules" not in path.parts and path.name != "setup.py":
            yield path


def imported(path: Path) -> list[str]:
    """Return the packages that a module imports as it runs: not those for types alone."""
    text = _FOR_TYPES.sub("", path.read_text())
    return ["".join(names) for names in _IMPORT.findall(text)]


def third_party(paths: Iterator[Path]) -> set[str]:
    """Return the distributions that modules need."""
    names = {name for path in paths for name in imported(path)}
    return {DISTRIBUTIONS.get(name, name) for name in names - sys.stdlib_module_names - {"localcloud"}}


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==(\S+)", lock.read_text(), re.MULTILINE))


def test_each_import_is_a_declared_dependency_and_each_dependency_is_imported() -> None:
    needed = third_party(path for path in modules() if not path.is_relative_to(PACKAGE / "engine"))
    declared = {canonicalize_name(Requirement(line).name) for line in DECLARED["project"]["dependencies"]}
    assert needed == declared


def test_each_dependency_allows_the_tested_version() -> None:
    locked = pinned(ROOT / "requirements" / "run.txt")
    for project in (DECLARED, tomllib.loads((ROOT / "pyproject.toml").read_text())):
        for line in project["project"]["dependencies"]:
            requirement = Requirement(line)
            assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), line


def test_engine_imports_are_in_the_shipped_lock_file() -> None:
    needed = third_party(path for path in modules() if path.is_relative_to(PACKAGE / "engine"))
    assert needed <= pinned(PACKAGE / "engine-requirements.txt").keys()


def test_each_file_is_package_data_or_not_needed() -> None:
    shipped = {
        path.relative_to(PACKAGE).as_posix()
        for package, patterns in DECLARED["tool"]["setuptools"]["package-data"].items()
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    tracked = subprocess.run(
        ["git", "ls-files", "localcloud"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    files = {name.removeprefix("localcloud/") for name in tracked}
    in_packages = {
        name for name in files if name.endswith(".py") and (PACKAGE / name).with_name("__init__.py").exists()
    }
    assert files - in_packages - shipped - NOT_SHIPPED == set()


def test_printed_version_is_that_of_the_package() -> None:
    assert __version__ == DECLARED["project"]["version"]


def test_licence_is_that_of_the_project() -> None:
    assert (PACKAGE / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the cache of an installed local cloud, whose Python creates environments at once."""
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\necho "$*" >> "$CALLS"\n'
        'if [ "$2" = venv ]; then mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; exit; fi\n'
        'if [ -n "$OFFLINE" ]; then echo "WARNING: Retrying (1)"; echo "ERROR: no index"; exit 1; fi\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("LOCALCLOUD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LOCALCLOUD_ENGINE_PYTHON", raising=False)
    return tmp_path / "cache"


def test_first_start_creates_the_engine_environment_and_the_next_reuses_it(installed: Path) -> None:
    shown = io.StringIO()
    create_environment(shown)
    python = engine_python()
    assert python.parent.parent.parent == installed
    assert shown.getvalue().startswith("localcloud: the engine gets an environment of its own, once: ")
    calls = (installed.parent / "calls").read_text().splitlines()
    assert [call.split()[1] for call in calls] == ["venv", "pip"]
    assert f"--require-hashes --no-deps -r {environment.REQUIREMENTS}" in calls[1]
    create_environment(shown)
    assert (installed.parent / "calls").read_text().splitlines() == calls


def test_start_without_a_package_index_says_what_to_do_and_the_next_retries(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFLINE", "1")
    with pytest.raises(EngineError) as offline:
        create_environment(io.StringIO())
    lines = str(offline.value).splitlines()
    assert lines[:2] == [
        "the engine's environment cannot be created: installing engine-requirements.txt failed:",
        "ERROR: no index",
    ]
    assert "LOCALCLOUD_ENGINE_PYTHON=ENGINE/bin/python" in lines[-1]
    monkeypatch.delenv("OFFLINE")
    create_environment(io.StringIO())
    assert engine_python().is_relative_to(installed)


def test_named_environment_is_not_created(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALCLOUD_ENGINE_PYTHON", "/elsewhere/python")
    create_environment(io.StringIO())
    assert not installed.exists()


@pytest.mark.slow
@pytest.mark.integration
def test_installed_local_cloud_serves_a_template_from_any_folder(tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, *pip, "--target", str(site), str(PACKAGE)], check=True)
    script = tmp_path / "inside.py"
    script.write_text(
        "import json, os, urllib.request\n"
        "api = json.load(open(os.environ['LOCALCLOUD_READY_FILE']))['apis'][0]\n"
        "query = json.dumps({'query': '{ __typename }'}).encode()\n"
        "headers = {'x-api-key': api['api_keys'][0], 'content-type': 'application/json'}\n"
        "print(urllib.request.urlopen(urllib.request.Request(api['graphql'], query, headers)).read())\n"
    )
    template = ROOT / "tests" / "localcloud" / "notes" / "template.yaml"
    done = subprocess.run(
        [sys.executable, "-P", "-m", "localcloud", str(template), "--port", "0"]
        + ["--exit", "--run", f"{sys.executable} {script}"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(site),
            "LOCALCLOUD_ENGINE_PYTHON": str(ROOT / ".venv-engine" / "bin" / "python"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '{"data":{"__typename":"Query"}}' in done.stdout
