"""What Node.js functions import and nobody has installed: npm and esbuild, by stand-ins for both."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.functions import SourceTree
from localcloud.functions.model import FunctionDefinition
from localcloud.functions.node.needs import needs_of
from localcloud.functions.node.preparing import Preparation
from localcloud.functions.node.program import installed
from localcloud.functions.node.store import FolderStore
from localcloud.functions.node.typescript import KEPT_SECONDS, forget_old

NPM = """#!/bin/sh
echo "$@" >> "$LOG"
[ -z "$BROKEN" ] || { echo "npm error code ENOTFOUND" >&2; exit 1; }
mkdir -p node_modules/.bin
cp "$TOOL" node_modules/.bin/esbuild
case "$*" in
    *--save*)
        echo '{"dependencies": {"@aws-sdk/client-s3": "1", "@aws-sdk/lib-storage": "1"}}' > package.json;;
esac
"""
ESBUILD = """#!/bin/sh
echo "esbuild $@" >> "$LOG"
for argument; do
    case $argument in --outdir=*) mkdir -p "${argument#--outdir=}";; esac
done
"""


class Machine:
    """A machine with an npm that only writes down what it is asked for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._log = folder / "log"
        (folder / "bin").mkdir()
        node = "#!/bin/sh\necho v22.1.0\n"
        for name, text in (("npm", NPM), ("node", node), ("esbuild", ESBUILD)):
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("LOG", str(self._log))
        monkeypatch.setenv("TOOL", str(folder / "bin" / "esbuild"))
        self.code = folder / "code"
        self.lines: list[str] = []
        self.warned: list[str] = []
        self.store = FolderStore(folder / "cache")
        self.preparation = Preparation(self.lines.append, self.warned.append, self.store)

    @property
    def commands(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []

    def write(self, **files: str) -> SourceTree:
        for name, text in files.items():
            path = self.code / name.replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return SourceTree(self.code)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    installed.cache_clear()
    yield Machine(tmp_path, monkeypatch)
    installed.cache_clear()  # it was this machine's


def function(handler: str = "index.handler", runtime: str = "nodejs22.x") -> FunctionDefinition:
    return FunctionDefinition("work", "arn", runtime, handler, "role")


def test_sdk_imports_are_read_from_the_sources(machine: Machine) -> None:
    tree = machine.write(
        index__js="const { S3Client } = require('@aws-sdk/client-s3'); const name = '@aws-sdk/client-sts';",
        more__mjs="import { a } from \"@smithy/util-retry/dist\";\nimport '@aws-sdk/lib-storage';",
    )
    bundled = machine.code / "node_modules" / "@aws-sdk" / "lib-storage"
    bundled.mkdir(parents=True)
    (machine.code / "node_modules" / "powertools").mkdir()
    peers = {"peerDependencies": {"@aws-sdk/client-ssm": "*", "@middy/core": "*"}}
    (machine.code / "node_modules" / "powertools" / "package.json").write_text(json.dumps(peers))
    assert not needs_of(tree).computed
    machine.write(client__js="const client = await import(`@aws-sdk/client-${name}`);")
    needs = needs_of(tree)
    assert needs.computed
    assert needs.packages == {"@aws-sdk/client-s3", "@smithy/util-retry", "@aws-sdk/client-ssm"}
    assert needs.modules


async def test_sdk_is_installed_once_and_a_larger_set_is_reused(machine: Machine) -> None:
    tree = machine.write(index__js="require('@aws-sdk/client-s3')", b__cjs="require('@aws-sdk/lib-storage')")
    first = await machine.preparation.parts(function(), tree, "1")
    assert len(machine.commands) == 1 and "@aws-sdk/client-s3 @aws-sdk/lib-storage" in machine.commands[0]
    (machine.code / "b.cjs").unlink()
    assert await machine.preparation.parts(function(), tree, "2") == first
    assert first.provided is not None and not first.modules and len(machine.commands) == 1
    assert machine.lines[-1].startswith(
        "installing @aws-sdk/client-s3, @aws-sdk/lib-storage (npm, once; as of"
    )


async def test_function_starts_without_a_registry_and_names_the_remedy(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "1")
    tree = machine.write(index__js="require('@aws-sdk/client-s3')")
    for _ in range(2):
        assert (await machine.preparation.parts(function(), tree, "1")).provided is None
    assert len(machine.commands) == 1  # each start would wait for npm's timeouts otherwise
    assert machine.warned[0] == (
        "Function work: @aws-sdk/client-s3 cannot be installed (code ENOTFOUND): connect to npm's registry "
        "once, or add them to the function's own package.json and run npm install there"
    )


async def test_sdk_version_2_is_provided_until_node_16(machine: Machine) -> None:
    tree = machine.write(index__js="const AWS = require('aws-sdk');")
    assert (await machine.preparation.parts(function(), tree, "1")).provided is None
    await machine.preparation.parts(function(runtime="nodejs16.x"), tree, "1")
    assert machine.commands[0].endswith("-- aws-sdk")


async def test_dependencies_of_package_json_are_installed_beside_the_folder(machine: Machine) -> None:
    tree = machine.write(index__js="", package__json='{"dependencies": {"is-odd": "3.0.1"}}')
    parts = await machine.preparation.parts(function(), tree, "1")
    assert machine.commands == ["install --no-package-lock --omit=dev --no-audit --no-fund --loglevel=error"]
    assert parts.own is not None and parts.own.is_relative_to(machine.store.root)
    assert sorted(path.name for path in machine.code.iterdir()) == ["index.js", "package.json"]
    (machine.code / "node_modules" / "is-odd").mkdir(parents=True)
    assert (await machine.preparation.parts(function(), tree, "2")).own is None


async def test_typescript_handler_is_bundled(machine: Machine) -> None:
    tree = machine.write(**{"src/app__ts": "export const handler = async () => 1;"})
    parts = await machine.preparation.parts(function("src/app.handler"), tree, "1")
    assert parts.built is not None and (parts.built / "src").is_dir()
    _, build = machine.commands
    assert build.startswith(f"esbuild {machine.code / 'src/app.ts'} --bundle --platform=node")
    assert machine.lines[-1] == "building src/app.ts of work (esbuild, as sam build does)"
    assert (await machine.preparation.parts(function("src/other.handler"), tree, "1")).built is None
    top = await machine.preparation.parts(function("app.handler"), tree, "1")
    # Its only source of that name is in a folder, and the handler's name says that the bundle is at the top.
    assert top.built is not None and not (top.built / "src").exists()
    forget_old(machine.store.root, now=parts.built.stat().st_mtime + KEPT_SECONDS + 1)
    assert not parts.built.exists()


async def test_typescript_handler_takes_the_packages_of_its_project(machine: Machine) -> None:
    tree = machine.write(index__ts="import { v4 } from 'uuid';")
    project = machine.code.parent
    (project / "package.json").write_text('{"dependencies": {"uuid": "^9"}}')
    parts = await machine.preparation.parts(function(), tree, "1")
    assert machine.commands[0].startswith("install --no-package-lock --omit=dev --ignore-scripts")
    assert parts.own is not None
    assert parts.own.is_relative_to(machine.store.root)
    assert not (project / "node_modules").exists()


async def test_script_has_no_packages_of_its_project_as_on_aws(machine: Machine) -> None:
    tree = machine.write(index__js="require('uuid')")
    (machine.code.parent / "package.json").write_text('{"dependencies": {"uuid": "^9"}}')
    assert (await machine.preparation.parts(function(), tree, "1")).own is None
