"""The engine as a process: it starts fast, serves on loopback alone, and ends when it should."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from localcloud.engine.settings import Settings, SettingsError
from tests.engine.template import template
from tests.engine.world import ROOT, World, wait_until

ENGINE = [str(ROOT / ".venv-engine/bin/python"), "-m", "localcloud.engine"]
ENVIRONMENT = {
    "LOCALCLOUD_ENGINE_PORT": "1",
    "LOCALCLOUD_ACCOUNT": "000000000000",
    "LOCALCLOUD_REGION": "us-east-1",
    "LOCALCLOUD_LAMBDA_URL": "http://127.0.0.1:9",
    "LOCALCLOUD_CONTROL_URL": "http://127.0.0.1:9",
}


def entries() -> set[str]:
    return {path.name for path in Path("/tmp").iterdir() if "ministack" in path.name}


@pytest.fixture
def own() -> World:
    return World()


def two_million_additions() -> float:
    """Return the seconds of the processor that they take: 0.05 to 0.2, by the machine."""
    started = time.process_time()
    total = 0
    for number in range(2_000_000):
        total += number
    return time.process_time() - started


def test_engine_is_ready_after_a_second_of_the_processor_and_ends_when_its_parent_is_gone() -> None:
    fresh = World(forked=False)
    # By the speed of the machine: 0.5 s where this loop takes 0.05.
    assert 0 < fresh.start_seconds < 30 * two_million_additions()
    fresh.close()
    assert fresh.process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_engine_ends_on_a_signal_with_a_reader_and_a_running_execution(
    own: World, number: signal.Signals
) -> None:
    own.start(own.machine({"Long": {"Type": "Wait", "Seconds": 600, "End": True}}))
    with own.feed():
        own.process.send_signal(number)
        assert own.process.wait(60) == 0
    own.close()


def test_engine_leaves_no_temporary_files(own: World) -> None:
    before = entries()
    own.client("cognito-idp").create_user_pool(PoolName="pool")
    own.function(lambda event: event)
    own.put("key", b"body")
    assert entries() == before
    own.close()
    assert entries() == before


def test_engine_listens_on_loopback_alone(world: World) -> None:
    listening = Path(f"/proc/{world.process.pid}/net/tcp").read_text().splitlines()
    addresses = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    assert [a for a in addresses if a.endswith(f":{world.port:04X}")] == [f"0100007F:{world.port:04X}"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"LOCALCLOUD_ACCOUNT": "12"}, "LOCALCLOUD_ACCOUNT must be twelve digits, not '12'"),
        ({"LOCALCLOUD_ENGINE_PORT": "x"}, "LOCALCLOUD_ENGINE_PORT must be a TCP port, not 'x'"),
        (
            {"LOCALCLOUD_REGION": ""},
            "LOCALCLOUD_REGION is not set: the engine is started by `python -m localcloud`",
        ),
        (
            {"LOCALCLOUD_LAMBDA_URL": "ftp://x"},
            "LOCALCLOUD_LAMBDA_URL must be an http address, not 'ftp://x'",
        ),
    ],
)
def test_invalid_settings_are_named(changed: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.read(ENVIRONMENT | changed)
    assert str(refused.value) == message


def refused(**changed: str) -> str:
    """Return what an engine prints that cannot start."""
    with tempfile.TemporaryFile() as printed:
        engine = template().fork(ENVIRONMENT | changed, printed.fileno())
        assert engine.wait(60) == 2
        engine.stdin.close()
        printed.seek(0)
        return printed.read().decode()


def test_engine_says_why_it_does_not_start() -> None:
    sentence = "localcloud engine: LOCALCLOUD_WITHOUT_MEND names no mend: nothing\n"
    assert refused(LOCALCLOUD_WITHOUT_MEND="nothing") == sentence


def test_other_version_of_ministack_is_refused() -> None:
    code = (
        "from localcloud.engine import mends, settings, feed; mends.PINNED = '0.0.1'; import os\n"
        "mends.apply(mends.Context(settings.Settings.read(os.environ), feed.Feed()))"
    )
    done = subprocess.run(
        [ENGINE[0], "-c", code],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "the mends are written for 0.0.1: run `make setup`" in done.stderr


def test_missing_attribute_of_ministack_is_refused() -> None:
    code = (
        "import ministack.services.sqs as module; from localcloud.engine.ministack.sqs import sqs\n"
        "del module._get_q; sqs.get_queue"
    )
    done = subprocess.run(
        [ENGINE[0], "-c", code],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "MendError: ministack.services.sqs has no _get_q any more" in done.stderr


def test_engine_serves_its_own_pages(world: World) -> None:
    assert world.get("/_localcloud/ready") == (200, b'{"ok":true}')
    assert world.get("/_localcloud/other")[0] == 404


def test_occupied_port_is_an_error(world: World) -> None:
    assert "localcloud engine: cannot serve: " in refused(LOCALCLOUD_ENGINE_PORT=str(world.port))
    wait_until(lambda: world.get("/_localcloud/ready")[0] == 200)
