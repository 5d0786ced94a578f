"""The command of the engine's process."""

from __future__ import annotations

import os
import sys

from localcloud.engine.early import received
from localcloud.engine.ministack.facade import MendError
from localcloud.engine.rules import RulesError
from localcloud.engine.settings import Settings, SettingsError
from localcloud.importing import all_stays
from localcloud.journal import JournalError


def main() -> int:
    """Serve; return the exit code: 0 ended on request, 2 it could not start.

    With ``--check`` only the settings and the files that they name are read, so that a mistake is
    reported before anything starts. With ``--early`` the settings come once everything is imported.
    """
    try:
        if sys.argv[1:] == ["--check"]:
            Settings.read(os.environ)
            return 0
        with all_stays():
            from localcloud.engine.server import run  # noqa: PLC0415 - no check of the settings needs it
        if sys.argv[1:] == ["--early"]:
            variables = received(sys.stdin.fileno())
            if variables is None:
                return 0
            os.environ.update(variables)
        run(Settings.read(os.environ))
    except (SettingsError, RulesError, MendError, JournalError) as error:
        print(f"localcloud engine: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except OSError as error:
        print(f"localcloud engine: cannot serve: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0
