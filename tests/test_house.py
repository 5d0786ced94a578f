"""The walls of the house: who may import whom, and how large a room may be."""

import os
import subprocess
import sys
from pathlib import Path

from tests.import_graph import between_siblings, circles, imports, modules

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "orders",
    "resolvers",
    "clients",
    "demo",
    "localcloud",
    "verify",
    "bench",
    "compare",
    "chalice_app",
    "streaming_runtime",
)


def test_imports_run_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "chalice_app")}  # where `chalicelib` is
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_and_no_folder_imports_itself_through_others() -> None:
    packages = [package for package in PACKAGES if package not in {"chalice_app", "streaming_runtime"}]
    graph = imports(modules(ROOT, [*packages, "campaign", "tools", "chalice_app/chalicelib"]))
    assert len(graph) > 1000
    by_folder = {folder: circles(siblings) for folder, siblings in between_siblings(graph).items()}
    assert {folder: circle for folder, circle in by_folder.items() if circle} == {}
    # A folder's facade and a file in it.
    assert circles(graph) == []


def test_circles_of_files_and_folders_are_reported() -> None:
    graph = {"p.a.x": {"p.b.x"}, "p.b.y": {"p.a.x"}, "p.c.x": {"p.c.y"}, "p.c.y": {"p.c.x"}, "p.d": {"p.a.x"}}
    by_folder = {folder: circles(siblings) for folder, siblings in between_siblings(graph).items()}
    assert by_folder == {"p": [["a", "b"]], "p.c": [["x", "y"]]}


def test_modules_stay_small() -> None:
    large = {
        str(path.relative_to(ROOT)): lines
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if not {"vendor", "node_modules"} & set(path.parts)
        # The streaming runtime is one file, for anyone to copy.
        if (lines := len(path.read_text(encoding="utf-8").splitlines()))
        > (300 if package == "streaming_runtime" else 260)
    }
    assert large == {}


def test_the_engines_own_step_functions_is_not_mended_again() -> None:
    # The house has a Step Functions of its own.
    assert list((ROOT / "localcloud" / "engine" / "mends").glob("states_*")) == []


def test_the_states_package_stands_alone() -> None:
    code = "import sys, localcloud.states.facade; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    modules = loaded.stdout.split()
    assert not [name for name in modules if name.startswith(("ministack", "localcloud.engine"))]


def test_deliveries_stand_alone_and_start_cheaply() -> None:
    code = "import sys, localcloud.deliveries.facade; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # cryptography takes a tenth of a second to import: it is for those who sign.
    unwanted = ("ministack", "localcloud.engine", "cryptography")
    assert not [name for name in loaded.stdout.split() if name.startswith(unwanted)]
