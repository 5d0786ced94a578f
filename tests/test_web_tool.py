"""``tools/web.py``: when the page is rebuilt, and the message where that is impossible."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import browser
from demo.shop import CUSTOMERS, PASSWORD, STAFF, read_stock
from localcloud.web.config import read_config
from tools import web

ROOT = Path(__file__).resolve().parent.parent


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def command(folder: Path, name: str, prints: str) -> None:
    put(folder / name, f"#!/bin/sh\necho {prints}\n")
    (folder / name).chmod(0o755)


def with_tool(folder: Path) -> Path:
    """Give a folder the tool and what it imports; return the tool."""
    for name in ("tools/web.py", *(f"localcloud/installing/{name}.py" for name in ("progress", "commands"))):
        put(folder / name, (ROOT / name).read_text())
    put(folder / "web" / "package.json", "{}")
    return folder / "tools" / "web.py"


def test_page_digest_changes_with_its_sources(tmp_path: Path) -> None:
    page = tmp_path / "web"
    for name in ("src/main.tsx", "package.json", "dist/index.html", "node_modules/a/b.js", ".generated/t.ts"):
        put(page / name, name)
    put(tmp_path / "schema.graphql", "type Query")

    def digest_of_page() -> str:
        return web.digest(web.sources(page), tmp_path)

    assert [file.name for file in web.sources(page)] == ["package.json", "main.tsx", "schema.graphql"]
    first = digest_of_page()
    put(page / "dist" / "index.html", "made again")
    assert digest_of_page() == first
    for changed in (page / "src" / "main.tsx", page / "src" / "more.ts", tmp_path / "schema.graphql"):
        put(changed, "another")
        assert digest_of_page() != first
        first = digest_of_page()


@pytest.mark.parametrize(
    ("node", "npm", "expected"),
    [
        (None, True, "node 20 or newer with npm is needed, and node is not here"),
        ("v22.1.0", False, "node 20 or newer with npm is needed, and npm is not here"),
        ("v18.19.0", True, "node 20 or newer is needed, and this is v18.19.0"),
        ("nonsense", True, "node 20 or newer is needed, and this is nonsense"),
        ("v20.19.0", True, None),
        ("v100.0.0", True, None),
    ],
)
def test_missing_tools_are_named(tmp_path: Path, node: str | None, npm: bool, expected: str | None) -> None:
    if node:
        command(tmp_path, "node", node)
    if npm:
        command(tmp_path, "npm", "10")
    assert web.missing(str(tmp_path)) == expected


def test_missing_node_omits_the_page_alone(tmp_path: Path) -> None:
    """A copy of the tool beside a page that was never built, and a PATH with nothing in it."""
    tool = with_tool(tmp_path)
    (tmp_path / "bin").mkdir()
    environment = {**os.environ, "PATH": str(tmp_path / "bin")}

    def run(*arguments: str) -> tuple[int, str, str]:
        script = [sys.executable, str(tool), *arguments]
        done = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    lack = "node 20 or newer with npm is needed, and node is not here"
    assert run() == (0, "", f"page: left out: {lack}\n")
    assert run("build") == (1, "", f"page: not built: {lack}\n")
    assert run("other")[0] == 2


def test_output_of_npm_is_shown(tmp_path: Path) -> None:
    tool = with_tool(tmp_path)
    command(tmp_path / "bin", "node", "v22.0.0")
    command(tmp_path / "bin", "npm", "no such host; exit 1")
    done = subprocess.run(
        [sys.executable, str(tool)],
        env={**os.environ, "PATH": f"{tmp_path / 'bin'}:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "`npm ci --no-audit --no-fund --ignore-scripts` failed:\nno such host\n" in done.stderr
    assert "Is the package registry reachable" in done.stderr


def test_packages_of_every_system_are_counted(tmp_path: Path) -> None:
    packages: dict[str, object] = {"": {}, "node_modules/a": {}, "node_modules/a/node_modules/b": {}}
    lock = {"packages": {**packages, "node_modules/mac-only": {"optional": True}}}
    put(tmp_path / "package-lock.json", json.dumps(lock))
    assert web.locked_packages(tmp_path / "package-lock.json") == list(packages)[1:]
    assert web.locked_packages(tmp_path / "absent.json") == []


def test_page_configuration_has_the_users_of_the_demo() -> None:
    config = read_config(ROOT / "web" / "local.json")
    assert isinstance(config, dict)
    assert config["demo"] == {"users": [*CUSTOMERS, STAFF], "password": PASSWORD}
    catalogue = config["catalogue"]
    assert isinstance(catalogue, list)
    skus = {item["sku"] for item in catalogue if isinstance(item, dict)}
    assert skus <= read_stock(ROOT / "examples" / "stock.json").keys()
    assert len(skus) == len(catalogue)


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)


def test_browser_is_that_of_the_system_or_the_named_one(tmp_path: Path) -> None:
    path = {"PATH": str(tmp_path)}
    assert browser.find(path) is None
    command(tmp_path, "google-chrome", "1")
    assert browser.find(path) == str(tmp_path / "google-chrome")
    command(tmp_path, "chromium", "1")
    assert browser.find(path) == str(tmp_path / "chromium")
    assert browser.find({**path, "ORDERWIRE_BROWSER": "google-chrome"}) == str(tmp_path / "google-chrome")
    assert browser.find({**path, "ORDERWIRE_BROWSER": "none"}) is None
