"""The command `orderwire`, before a command of its own answers."""

from __future__ import annotations

import pytest

from compare import cli, entry


def test_ctrl_c_during_start_up_prints_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(arguments: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupt)
    monkeypatch.setattr("sys.argv", ["orderwire", "compare"])
    assert entry.run() == 130
