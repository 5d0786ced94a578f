"""An environment that is forked: no function can tell, and none finds anything of another's."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from localcloud.functions import SourceTree
from localcloud.functions.blueprint import SITE_PACKAGES
from tests.functions.conftest import Bench
from tests.functions.helpers import failure, until, value
from tests.functions.test_processes import running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="environments are forked on Linux alone")


@pytest.fixture
def forked() -> bool:
    return True


@pytest.fixture
async def prepared(bench: Bench) -> Bench:
    """A service whose prepared parent has loaded everything."""
    await bench.service.prepared()
    return bench


async def ask(bench: Bench, function: str, event: object = None) -> Any:
    return value(await bench.service.invoke(function, json.dumps(event).encode()))


async def code(bench: Bench, text: str) -> Any:
    """Run code as a function does, in an environment of its own."""
    bench.define("run", "inside.run", environment={"FRESH": str(len(bench.lines))})
    return await ask(bench, "run", {"code": dedent(text)})


async def test_the_prepared_parent_prepares_itself_without_complaint(prepared: Bench) -> None:
    prepared.define("counter", "basic.counter")
    await ask(prepared, "counter")
    assert [line for function, _, line in prepared.lines if function == "localcloud"] == []


async def test_a_fork_looks_like_a_fresh_interpreter(prepared: Bench) -> None:
    prepared.define("forked", "inside.everything")
    prepared.define("fresh", "inside.everything", environment={"PYTHONUTF8": "0"})
    forked, fresh = [await ask(prepared, name) for name in ("forked", "fresh")]
    assert forked["finders"].pop(0) == "HiddenModules"
    assert forked == fresh


async def test_nothing_that_one_function_leaves_behind_reaches_another(prepared: Bench) -> None:
    prepared.define("spoil", "inside.spoil")
    prepared.define("look", "inside.look")
    parent = await ask(prepared, "spoil")
    assert await ask(prepared, "look") == {
        "boto3": False,
        "json": False,
        "environment": False,
        "folder": False,
        "signal": False,
        "threads": 0,
        "time zone": False,
        "path": False,
        "parent": parent,
    }


async def test_no_two_environments_draw_the_same_numbers(prepared: Bench) -> None:
    for name in ("a", "b", "c"):
        prepared.define(name, "inside.numbers")
    drawn = [await ask(prepared, name) for name in ("a", "b", "c")]
    for kind in drawn[0]:
        assert len({one[kind] for one in drawn}) == 3, kind


async def test_what_is_not_imported_is_not_there(prepared: Bench) -> None:
    answer = await code(
        prepared,
        """
        import sys, xml, concurrent
        answer = [hasattr(xml, "etree"), hasattr(concurrent, "futures"), "boto3" in sys.modules]
        import xml.etree.ElementTree, concurrent.futures, boto3
        answer += [hasattr(xml, "etree"), hasattr(concurrent, "futures"), "botocore.client" in sys.modules]
        """,
    )
    assert answer == [False, False, False, True, True, True]


async def test_an_import_hook_sees_each_import(prepared: Bench) -> None:
    answer = await code(
        prepared,
        """
        import sys
        class Hook:
            seen = []
            def find_spec(self, name, path=None, target=None):
                self.seen.append(name)
        sys.meta_path.insert(0, Hook())
        import boto3
        boto3.client("sqs", region_name="us-east-1")
        answer = [name in Hook.seen for name in ("boto3", "boto3.session", "botocore.client", "urllib3")]
        """,
    )
    assert answer == [True] * 4


async def test_a_loaded_module_still_has_its_own_spec_and_source(prepared: Bench) -> None:
    answer = await code(
        prepared,
        """
        import importlib.util, inspect, sys
        before = importlib.util.find_spec("boto3")
        answer = ["boto3" in sys.modules, before.origin.endswith("boto3/__init__.py")]
        import boto3
        answer += [type(boto3.__spec__.loader).__name__, "def client" in inspect.getsource(boto3)]
        """,
    )
    assert answer == [False, True, "SourceFileLoader", True]


async def test_sessions_have_no_model_in_common(prepared: Bench) -> None:
    answer = await code(
        prepared,
        """
        import boto3
        one, two = (boto3.session.Session(region_name="us-east-1") for _ in range(2))
        models = [each._loader.load_service_model("dynamodb", "service-2") for each in (one, two)]
        answer = [models[0] is models[1], models[0] == models[1]]
        lists = [each.get_available_services() for each in (one, two)]
        answer += [lists[0] is lists[1], lists[0] == lists[1]]
        """,
    )
    assert answer == [False, True, False, True]


async def test_a_data_path_of_the_functions_own_is_read(prepared: Bench, tmp_path: Path) -> None:
    model = SITE_PACKAGES / "botocore" / "data" / "sqs"
    (tmp_path / "mine").symlink_to(model)
    answer = await code(
        prepared,
        f"""
        import os
        os.environ["AWS_DATA_PATH"] = {str(tmp_path)!r}
        import boto3
        answer = "mine" in boto3.session.Session(region_name="us-east-1").get_available_services()
        """,
    )
    assert answer is True


class TestOwnPackages:
    """Whatever a function brings wins over what the prepared parent has loaded."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path

    @staticmethod
    def write(folder: Path, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    async def result(self, bench: Bench, folder: Path) -> Any:
        bench.world.control.define("app", "app.handler")
        bench.service.use_sources({"app": SourceTree(folder)})
        return await ask(bench, "app")

    @pytest.mark.parametrize("package", ["botocore", "boto3", "urllib3", "six"])
    async def test_a_bundled_package_wins(self, prepared: Bench, tmp_path: Path, package: str) -> None:
        app = f"import {package}\nhandler = lambda event, context: {package}.mine"
        self.write(tmp_path, {"app.py": app, f"{package}/__init__.py": "mine = 7"})
        assert await self.result(prepared, tmp_path) == 7

    async def test_a_module_named_like_the_standard_librarys_wins(
        self, prepared: Bench, tmp_path: Path
    ) -> None:
        app = "import random\nhandler = lambda event, context: random.mine"
        self.write(tmp_path, {"app.py": app, "random.py": "mine = 7"})
        assert await self.result(prepared, tmp_path) == 7

    async def test_the_same_package_in_a_layer_is_no_reason_for_a_fresh_interpreter(
        self, prepared: Bench, tmp_path: Path
    ) -> None:
        app = "import os, jmespath, boto3\nhandler = lambda event, context: os.getppid()"
        self.write(tmp_path, {"app.py": app})
        for path in (SITE_PACKAGES / "jmespath").glob("*.py"):
            self.write(tmp_path, {f"jmespath/{path.name}": path.read_text("utf-8")})
        assert await self.result(prepared, tmp_path) != os.getpid()

    @pytest.mark.parametrize("name", ["boto3", "urllib3", "random", "certifi"])
    async def test_a_folder_that_the_function_adds_to_its_path_wins(
        self, prepared: Bench, tmp_path: Path, name: str
    ) -> None:
        app = f"""
            import os, sys
            sys.path.insert(0, os.path.join(os.path.dirname(__file__), "vendor"))
            import {name}
            def handler(event, context):
                return [{name}.mine, os.getppid()]
        """
        self.write(tmp_path, {"app.py": dedent(app), f"vendor/{name}.py": "mine = 7\ndef where(): pass"})
        mine, parent = await self.result(prepared, tmp_path)
        assert mine == 7
        assert parent != os.getpid()

    async def test_botocore_uses_a_package_that_it_would_use_on_aws(
        self, prepared: Bench, tmp_path: Path
    ) -> None:
        app = "import botocore.httpsession as b\nhandler = lambda event, context: b.where()"
        self.write(tmp_path, {"app.py": app, "certifi.py": "def where(): return 'mine'"})
        assert await self.result(prepared, tmp_path) == "mine"


@pytest.mark.parametrize("variable", ["PYTHONHASHSEED", "PYTHONOPTIMIZE", "LC_ALL", "HOME"])
async def test_variables_that_an_interpreter_reads_when_it_starts_start_one(
    bench: Bench, variable: str
) -> None:
    bench.define("run", "inside.run", environment={variable: "0"})
    assert await ask(bench, "run", {"code": "import os; answer = os.getppid()"}) == os.getpid()


async def test_more_variables_than_a_packet_holds_start_one(bench: Bench) -> None:
    bench.define("run", "inside.run", environment={"LONG": "x" * 100_000, "LONGER": "x" * 100_000})
    assert await ask(bench, "run", {"code": "import os; answer = os.getppid()"}) == os.getpid()


class TestLostParent:
    async def test_the_next_invocation_works(self, bench: Bench) -> None:
        bench.define("counter", "basic.counter")
        bench.define("run", "inside.run")
        parent = await ask(bench, "run", {"code": "import os; answer = os.getppid()"})
        pid = (await ask(bench, "counter"))["pid"]
        os.kill(parent, signal.SIGKILL)
        await until(lambda: not running(pid))
        message = "The prepared parent of the functions' environments has ended, and they with it."
        await until(lambda: ("localcloud", "", message) in bench.lines)
        assert (await ask(bench, "counter"))["count"] == 1
        successor = await ask(bench, "run", {"code": "import os; answer = os.getppid()"})
        assert successor not in (parent, os.getpid())

    async def test_what_runs_fails_as_killed(self, bench: Bench, tmp_path: Path) -> None:
        bench.define("run", "inside.run")
        there = tmp_path / "there"
        hang = f"import os, time; open({str(there)!r}, 'w').write(str(os.getppid())); time.sleep(600)"
        task = asyncio.create_task(bench.service.invoke("run", json.dumps({"code": hang}).encode()))
        await until(lambda: there.exists() and there.read_text())
        os.kill(int(there.read_text()), signal.SIGKILL)
        assert failure(await task)["errorMessage"].endswith("Runtime exited with error: signal: killed")

    async def test_it_goes_with_the_service(self, bench: Bench) -> None:
        bench.define("run", "inside.run")
        parent = await ask(bench, "run", {"code": "import os; answer = os.getppid()"})
        await bench.service.stop()
        assert not running(parent)
