"""An environment that is forked: no function can tell, and none finds anything of another's."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import pytest_asyncio

from localcloud.aws import EngineAddress, new_credentials
from localcloud.functions import LambdaService, Settings, SourceTree
from localcloud.functions.blueprint import SITE_PACKAGES
from localcloud.functions.prepared.parent import PreparedParent
from tests.functions.conftest import Bench
from tests.functions.fakes import ACCOUNT, REGION, World
from tests.functions.helpers import value
from tests.functions.shared_parent import SharedParent

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="environments are forked on Linux alone"),
    pytest.mark.asyncio(loop_scope="module"),
]
numbers = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prepared(shared_parent: SharedParent) -> AsyncIterator[Bench]:
    """One service for all tests of the module, whose prepared parent has loaded everything."""
    lines: list[tuple[str, str, str]] = []
    world = World()
    engine = EngineAddress("http://127.0.0.1:1", REGION, ACCOUNT, new_credentials(ACCOUNT))
    service = LambdaService(
        engine,
        log=lambda *line: lines.append(line),
        settings=Settings(scan_seconds=0.0),
        ports=world.ports(),
    )
    await service.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PreparedParent, "start", shared_parent.joined)
        await service.prepared()
    yield Bench(service, world, lines)
    await service.stop()


async def ask(bench: Bench, function: str, event: object = None) -> Any:
    return value(await bench.service.invoke(function, json.dumps(event).encode()))


async def code(bench: Bench, text: str) -> Any:
    """Run code as a function does, in an environment of its own."""
    name = bench.define(f"run-{next(numbers)}", "inside.run")
    return await ask(bench, name, {"code": dedent(text)})


async def test_prepared_parent_starts_without_warnings(prepared: Bench, shared_parent: SharedParent) -> None:
    prepared.define("counter", "basic.counter")
    await ask(prepared, "counter")
    assert shared_parent.printed() == ""
    assert [line for function, _, line in prepared.lines if function == "localcloud"] == []


async def test_fork_looks_like_a_fresh_interpreter(prepared: Bench) -> None:
    prepared.define("forked", "inside.everything")
    prepared.define("fresh", "inside.everything", environment={"PYTHONUTF8": "0"})
    forked, fresh = [await ask(prepared, name) for name in ("forked", "fresh")]
    assert forked["finders"].pop(0) == "HiddenModules"
    assert forked == fresh


async def test_state_of_one_function_never_reaches_another(prepared: Bench) -> None:
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


async def test_environments_draw_different_random_numbers(prepared: Bench) -> None:
    for name in ("a", "b", "c"):
        prepared.define(name, "inside.numbers")
    drawn = [await ask(prepared, name) for name in ("a", "b", "c")]
    for kind in drawn[0]:
        assert len({numbers[kind] for numbers in drawn}) == 3, kind


async def test_unimported_modules_are_absent(prepared: Bench) -> None:
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


async def test_import_hook_sees_each_import(prepared: Bench) -> None:
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


async def test_loaded_module_has_its_own_spec_and_source(prepared: Bench) -> None:
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


async def test_sessions_share_no_service_model(prepared: Bench) -> None:
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


async def test_botocore_handlers_are_found_by_the_alias_of_their_event(prepared: Bench) -> None:
    answer = await code(
        prepared,
        """
        import boto3
        called = []
        def positional(request): called.append("never")
        events = boto3.client("logs", region_name="us-east-1").meta.events
        try:
            events.register("mine.logs", positional)
        except ValueError as error:
            called.append("must accept keyword" in str(error))
        events.register("mine.logs.Anything", lambda **_: called.append("logs"))
        events.emit("mine.cloudwatch-logs.Anything")
        answer = called
        """,
    )
    assert answer == [True, "logs"]


async def test_custom_botocore_data_path_is_read(prepared: Bench, tmp_path: Path) -> None:
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

    @staticmethod
    def write(folder: Path, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    async def result(self, bench: Bench, folder: Path) -> Any:
        name = f"app-{next(numbers)}"
        bench.world.control.define(name, "app.handler")
        bench.service.use_sources({name: SourceTree(folder)})
        return await ask(bench, name)

    @pytest.mark.parametrize("package", ["botocore", "boto3", "urllib3", "six"])
    async def test_bundled_package_wins(self, prepared: Bench, tmp_path: Path, package: str) -> None:
        app = f"import {package}\nhandler = lambda event, context: {package}.mine"
        self.write(tmp_path, {"app.py": app, f"{package}/__init__.py": "mine = 7"})
        assert await self.result(prepared, tmp_path) == 7

    async def test_module_named_like_one_of_the_standard_library_wins(
        self, prepared: Bench, tmp_path: Path
    ) -> None:
        app = "import random\nhandler = lambda event, context: random.mine"
        self.write(tmp_path, {"app.py": app, "random.py": "mine = 7"})
        assert await self.result(prepared, tmp_path) == 7

    async def test_identical_package_in_a_layer_still_forks(self, prepared: Bench, tmp_path: Path) -> None:
        app = "import os, jmespath, boto3\nhandler = lambda event, context: os.getppid()"
        self.write(tmp_path, {"app.py": app})
        for path in (SITE_PACKAGES / "jmespath").glob("*.py"):
            self.write(tmp_path, {f"jmespath/{path.name}": path.read_text("utf-8")})
        assert await self.result(prepared, tmp_path) != os.getpid()

    @pytest.mark.parametrize("name", ["boto3", "urllib3", "random", "certifi"])
    async def test_folder_added_to_the_path_by_the_function_wins(
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

    async def test_botocore_uses_a_bundled_package_as_on_aws(self, prepared: Bench, tmp_path: Path) -> None:
        app = "import botocore.httpsession as b\nhandler = lambda event, context: b.where()"
        self.write(tmp_path, {"app.py": app, "certifi.py": "def where(): return 'mine'"})
        assert await self.result(prepared, tmp_path) == "mine"
