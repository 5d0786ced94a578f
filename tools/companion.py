"""Deploy the companion with ``chalice deploy``: to a local cloud or to AWS, by the same command."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Run as a script, Python looks for modules in this folder alone.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from localcloud.stack.account import Account, AwsError, clear_errors, sign_in
from tools.companion_cloud import (
    bound_logs,
    bound_sweeps,
    forget_stale,
    open_answers,
    resources,
    settle,
    stack_values,
    urls,
)
from tools.companion_leftovers import adopt
from tools.companion_options import parser
from tools.companion_project import ROOT, SOURCE, ProjectError, alone, assemble, write_settings


class Companion:
    """The four commands.

    Parameters
    ----------
    options
        The parsed command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._stage: str = options.stage
        own: Path | None = options.project_dir
        self._project = own.resolve() if own else ROOT / "build" / "companion" / self._stage
        self._state = (self._project if own else SOURCE) / ".chalice"

    def run(self) -> None:
        """Carry out the command.

        Raises
        ------
        AwsError, ProjectError
        """
        account = sign_in(region=self._options.region, profile=self._options.profile)
        with clear_errors():
            if self._options.command == "environment":
                for path in self._settings(account):
                    print(path)
            elif self._options.command == "deploy":
                self._deploy(account)
            elif self._options.command == "delete":
                self._delete(account)
            else:
                addresses = urls(account, self._state, self._stage, self._options.ready_file)
                print(
                    addresses.to_json() if self._options.json else f"{addresses.rest}\n{addresses.websocket}"
                )

    def _settings(self, account: Account) -> list[Path]:
        values = stack_values(account, self._options.stack)
        return write_settings(
            self._state, self._stage, {**values, "AllowedOrigin": self._options.allowed_origin}
        )

    def _deploy(self, account: Account) -> None:
        _say(f"account {account.number}, region {account.region}: stage {self._stage}")
        with alone(self._project):
            if forget_stale(account, self._state, self._stage):
                _say("the local cloud is a new one: everything is deployed to it")
            if adopt(account, self._state, self._stage):
                _say("an earlier deployment was not remembered: this one goes on with it")
            assemble(self._project, state=None if self._options.project_dir else self._state)
            settings = self._settings(account)
            _say(f"{len(settings)} settings written; chalice deploys {self._project}")
            self._chalice(account, "deploy")
            self._drop_old_packages()
        settle(account, self._state, self._stage)
        bound_sweeps(account, self._state, self._stage)
        bound_logs(account, self._state, self._stage)
        open_answers(account, self._state, self._stage, self._options.allowed_origin)
        _say("the worker reports failed messages one by one")
        try:
            addresses = urls(account, self._state, self._stage, self._options.ready_file)
        except ProjectError:
            if not account.is_local:
                raise
            _say("deployed; the local cloud prints the addresses when it is ready")
        else:
            print(f"REST       {addresses.rest}\nWebSocket  {addresses.websocket}")

    def _delete(self, account: Account) -> None:
        forget_stale(account, self._state, self._stage)
        if not resources(self._state, self._stage):
            raise ProjectError(f"nothing is deployed as stage {self._stage}, by {self._state / 'deployed'}")
        with alone(self._project):
            assemble(self._project, state=None if self._options.project_dir else self._state)
            self._chalice(account, "delete")
        (self._state / "deployed" / f"{self._stage}.json").unlink(missing_ok=True)
        _say(f"stage {self._stage} is gone; orders and queues are the stack's and stay, and so do logs")

    def _drop_old_packages(self) -> None:
        """Keep the newest package alone: Chalice keeps one for each edit."""
        packages = sorted((self._state / "deployments").glob("*.zip"), key=lambda path: path.stat().st_mtime)
        for path in packages[:-1]:
            path.unlink()

    def _chalice(self, account: Account, command: str) -> None:
        chalice = [str(Path(sys.executable).with_name("chalice")), command, "--stage", self._stage]
        lines: list[str] = []
        process = subprocess.Popen(
            chalice,
            cwd=self._project,
            env=self._environment(account),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if not account.is_local:
                    _say(line.rstrip())
            code = process.wait()
        except KeyboardInterrupt:
            # It has had the same Ctrl-C, or gets one: what it has begun it ends by itself.
            process.terminate()
            process.wait()
            raise
        if code:
            raise ProjectError(
                f"`chalice {command}` failed, in its own words:\n{''.join(lines[-30:]).rstrip()}\n"
                "What it had created by then stays: fix the cause and run the same command again."
            )

    def _environment(self, account: Account) -> dict[str, str]:
        """Return the environment for Chalice: this one's account, and nothing that gets into the package."""
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        fixed = {
            "AWS_DEFAULT_REGION": account.region,
            # Neither caches nor the time zone of this machine become a part of the package.
            "PYTHONDONTWRITEBYTECODE": "1",
            "TZ": "UTC",
        }
        if self._options.profile:
            fixed["AWS_PROFILE"] = self._options.profile
        elif account.is_local and not inherited.get("AWS_PROFILE"):
            credentials = account.session.get_credentials()
            assert credentials is not None
            fixed |= {
                "AWS_ACCESS_KEY_ID": credentials.access_key,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            }
        return inherited | fixed


def _say(text: str) -> None:
    print(f"companion: {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        Companion(options).run()
    except (AwsError, ProjectError) as error:
        _say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("interrupted: run the same command again to finish")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
