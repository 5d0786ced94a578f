"""One suite: its own template on a local cloud, and its own program against it, unchanged.

The program deploys with ``sam build`` and ``sam deploy``. The local cloud has deployed the template at its
start, under the stack's name that the program expects, so ``sam`` is a command that does nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cloud import Cloud, local_cloud
from clients import reading
from tools.durable_score.parts import Sdk

PROGRAM: Final = "aws_durable_execution_conformance_tests.app"
# What the program puts before `--name`.
STACK_PREFIX: Final = "conformance-tests-"
WORKERS: Final = 6
LIMIT_SECONDS: Final = 900.0
_TEMPLATE: Final = "template_"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the suite says of one requirement.

    Attributes
    ----------
    errors
        Its own words; empty where the requirement is met.
    """

    requirement: str
    suite: str
    function: str
    met: bool
    errors: tuple[str, ...] = ()


class NotJudged(Exception):
    """The suite's program gave no report; the message is what it printed last."""


def suites(handlers: Path) -> list[str]:
    """Return the suites that there is a template of."""
    return sorted(file.stem.removeprefix(_TEMPLATE) for file in handlers.glob(f"{_TEMPLATE}*.yaml"))


def stack_name(suite: str) -> str:
    """Return the name of a suite's stack.

    >>> stack_name("wait_for_callback")
    'conformance-tests-wait-for-callback'
    """
    return STACK_PREFIX + suite.replace("_", "-")


def assemble(handlers: Path, suite: str, sdk: Sdk, folder: Path) -> Path:
    """Put a suite's template and its code into a folder, as its own build script does; return the template.

    The template is a copy to the byte.
    """
    template = f"{_TEMPLATE}{suite}.yaml"
    shutil.copyfile(handlers / template, folder / template)
    code = folder / "lambda-build"
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(sdk.folder, code / sdk.folder.name, ignore=ignored)
    shutil.copytree(handlers / "handlers" / suite, code / suite, ignore=ignored)
    return folder / template


async def judge(program: Path, template: Path, suite: str, folder: Path) -> list[Verdict]:
    """Deploy a suite's template and run the suite's program against it.

    Raises
    ------
    NotJudged
    """
    async with local_cloud(folder, template, "--stack-name", stack_name(suite), "--no-reload") as cloud:
        report = folder / "report.json"
        command = [sys.executable, "-P", "-c", f"from {PROGRAM} import run; run()"]
        arguments = ["--template", str(template), "--suite", suite, "--language", "python", "--no-cleanup"]
        arguments += ["--name", stack_name(suite).removeprefix(STACK_PREFIX), "--max-workers", str(WORKERS)]
        arguments += ["--history-dir", str(folder / "histories"), "--region", _region(cloud)]
        arguments += ["--report", "json", "--report-file", str(report.with_suffix(""))]
        process = await asyncio.create_subprocess_exec(
            *command,
            *arguments,
            cwd=folder,
            env=_environment(cloud, program, _stand_in(folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                printed, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if not report.exists():
        raise NotJudged(f"{suite}: {printed.decode(errors='replace')[-2000:]}")
    return verdicts(report.read_text(encoding="utf-8"))


def verdicts(report: str) -> list[Verdict]:
    """Read the program's report: only a requirement that is passed is met.

    An optional one that fails, one without a handler and one that is declared as not implemented are not met.

    Examples
    --------
    >>> row = '{"id": "1-1", "suite": "step", "function": "StepBasic", "status": "PASSED", "errors": []}'
    >>> verdicts(f'{{"results": [{row}]}}')
    [Verdict(requirement='1-1', suite='step', function='StepBasic', met=True, errors=())]
    """
    rows = reading.sequence(reading.document(report, "the report").get("results"), "results")
    return [_verdict(reading.mapping(row, "a result")) for row in rows]


def _verdict(row: Mapping[str, object]) -> Verdict:
    status = reading.text(row.get("status"), "status")
    errors = [reading.text(error, "an error") for error in reading.sequence(row.get("errors"), "errors")]
    if status != "PASSED" and not errors:
        errors = [reading.optional_text(row.get("reason"), "reason") or status]
    return Verdict(
        reading.text(row.get("id"), "id"),
        reading.optional_text(row.get("suite"), "suite") or "",
        reading.optional_text(row.get("function"), "function") or "",
        status == "PASSED",
        tuple(errors),
    )


def _region(cloud: Cloud) -> str:
    return reading.text(cloud.document().get("region"), "region")


def _stand_in(folder: Path) -> Path:
    commands = folder / "commands"
    commands.mkdir()
    sam = commands / "sam"
    sam.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    sam.chmod(0o755)
    return commands


def _environment(cloud: Cloud, program: Path, commands: Path) -> dict[str, str]:
    document = cloud.document()
    key = reading.mapping(document.get("credentials"), "credentials")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "PATH": f"{commands}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(program),
        "AWS_ENDPOINT_URL": reading.text(document.get("engine"), "engine"),
        "AWS_ACCESS_KEY_ID": reading.text(key.get("access_key_id"), "access_key_id"),
        "AWS_SECRET_ACCESS_KEY": reading.text(key.get("secret_access_key"), "secret_access_key"),
    }
