"""``tools/setup.py`` and what it shows: how far it is, and what went wrong."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from localcloud.installing.commands import TAIL, CommandFailed, Commands
from localcloud.installing.environments import Installation
from localcloud.installing.progress import TaskProgress
from tests.localcloud.running import alive, wait_for
from tools.setup import REQUIREMENTS

ROOT = Path(__file__).resolve().parent.parent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_terminal_progress_rewrites_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal, clock = Terminal(), Clock()
    progress = TaskProgress("setup", stream=terminal, clock=clock)
    with progress.task("b", lambda: "second"), progress.task("a", lambda: "first"):
        clock.now = 61.0
        progress.show()
        with progress.task("c", lambda: "x" * 40):
            progress.show()
    progress.show()
    progress.say("done")
    assert terminal.getvalue().split("\r\x1b[K") == [
        "",
        "setup: 1:01 a: first · b: second",
        "setup: 1:01 a: first · b: second · c: x",
        "setup: done\n",
    ]


def test_plain_output_prints_a_line_at_intervals() -> None:
    stream = io.StringIO()
    shown = threading.Event()

    def state() -> str:
        shown.set()
        return "3 of 4 packages"

    with TaskProgress("setup", stream=stream, every=0.001) as progress, progress.task(".venv", state):
        assert shown.wait(20)
    assert stream.getvalue().startswith("setup: 0:00 .venv: 3 of 4 packages\n")
    assert "\r" not in stream.getvalue()


def test_the_packages_of_an_environment_are_counted(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(
        "# made by pip-compile\none==1.0 \\\n    --hash=sha256:0\n    # via two\ntwo[extra]==2.0 \\\n"
        "    --hash=sha256:1\nthree-more.x==3 \\\n    --hash=sha256:2\n"
    )
    installation = Installation(tmp_path, [lock])
    assert str(installation) == "downloading, 0 of 3 packages"
    installation.line("Collecting one==1.0 (from -r lock.txt (line 2))\n")
    installation.line("  Downloading one-1.0-py3-none-any.whl (1.2 MB)\n")
    installation.line("Requirement already satisfied: two==2.0 in somewhere\n")
    assert str(installation) == "downloading, 2 of 3 packages"
    installation.line("Installing collected packages: one, three\n")
    assert str(installation) == "installing, 0 of 3 packages"
    (tmp_path / "one-1.0.dist-info").mkdir()
    assert str(installation) == "installing, 1 of 3 packages"


def test_each_package_of_a_lock_file_is_counted_once() -> None:
    for file in REQUIREMENTS.glob("*.txt"):
        pins = [line for line in file.read_text().splitlines() if line[:1].isalnum() and "==" in line]
        assert Installation(ROOT, [file]).total == len(pins) > 1, file


def test_failing_command_shows_its_last_output(tmp_path: Path) -> None:
    lines: list[str] = []
    script = (
        f"import sys; [print(n) for n in range({TAIL + 5})]; print('the end', file=sys.stderr); sys.exit(3)"
    )
    with pytest.raises(CommandFailed) as failed:
        Commands().run([sys.executable, "-u", "-c", script], cwd=tmp_path, on_line=lines.append)
    assert len(lines) == TAIL + 6
    assert str(failed.value).splitlines() == [*map(str, range(6, TAIL + 5)), "the end"]


def test_command_without_output_shows_its_exit_code(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"^exit code 4$"):
        Commands().run(["sh", "-c", "exit 4"], cwd=tmp_path)


def test_commands_end_with_their_children(tmp_path: Path) -> None:
    commands = Commands()
    pids: list[int] = []
    script = "sleep 600 & echo $!; echo $$; wait"
    failures: list[CommandFailed] = []

    def run() -> None:
        try:
            commands.run(["sh", "-c", script], cwd=tmp_path, on_line=lambda line: pids.append(int(line)))
        except CommandFailed as failed:
            failures.append(failed)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: len(pids) == 2)
    commands.stop()
    thread.join(20)
    assert not thread.is_alive()
    assert len(failures) == 1
    wait_for(lambda: not any(alive(pid) for pid in pids))
    with pytest.raises(CommandFailed, match="stopped"):
        commands.run(["true"], cwd=tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_set_up_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    """A copy of the tools, whose Python is one that only sleeps."""
    (tmp_path / "requirements").mkdir()
    for name in ("run.txt", "engine.txt", "functions.txt"):
        (tmp_path / "requirements" / name).write_text("none==1\n")
    (tmp_path / "tools").mkdir()
    (tmp_path / "localcloud").mkdir()
    (tmp_path / "localcloud" / "__init__.py").touch()
    shutil.copytree(ROOT / "localcloud" / "installing", tmp_path / "localcloud" / "installing")
    for name in ("setup.py", "companion_project.py"):
        (tmp_path / "tools" / name).write_text((ROOT / "tools" / name).read_text())
    pids = tmp_path / "pids"
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho $$ >> '{pids}'\nexec sleep 600\n")
    python.chmod(0o755)
    # A shell has its background jobs ignore Ctrl-C, and whatever they start: the tests may be one.
    start = "import signal, sys, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
    start += "sys.executable, sys.argv = sys.argv[1], sys.argv[2:]; "
    process = subprocess.Popen(
        [sys.executable, "-c", f"{start}runpy.run_path(sys.argv[0], run_name='__main__')"]
        + [str(python), str(tmp_path / "tools" / "setup.py"), "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ""},
    )
    try:
        wait_for(lambda: pids.exists() and pids.read_text().count("\n") == 2)
        process.send_signal(number)
        out, complaints = process.communicate(timeout=180)
    finally:
        process.kill()
    assert process.returncode == 130
    assert (out, complaints) == ("", "setup: stopped; the next call goes on from a clean state\n")
    assert not any(alive(int(pid)) for pid in pids.read_text().split())
