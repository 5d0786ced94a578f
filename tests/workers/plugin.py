"""What pytest calls: the option, and the run that the workers share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.order import units_of
from tests.workers.pool import Pool

ROOT = Path(__file__).resolve().parent.parent.parent


def count_of(text: str) -> int:
    """Return how many workers ``--workers`` asks for."""
    if text == "auto":
        # Most wait for the processes of a local cloud; a large machine would only start more of those.
        return min(os.cpu_count() or 1, 6) + 5
    try:
        count = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a number or auto, not {text!r}") from None
    if count < 0:
        raise argparse.ArgumentTypeError("0 or more")
    return count


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--workers``."""
    parser.addoption(
        "--workers",
        type=count_of,
        default=0,
        metavar="N",
        help="run the tests in so many processes, forked once all are collected; auto: by the processors",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Let workers run the tests, unless pytest has a reason to run none."""
    options = session.config.option
    if not options.workers or options.collectonly or session.testsfailed:
        return None
    files = [item.nodeid.partition("::")[0] for item in session.items]
    shared: dict[str, set[str]] = {}
    for file, item in zip(files, session.items, strict=True):
        shared.setdefault(file, set()).update(shared_fixtures(item))
    Pool(session, units_of(files, shared)).run(options.workers)
    return True


def shared_fixtures(item: pytest.Item) -> Iterator[str]:
    """Yield the fixtures that a folder's tests share, by where they are defined.

    Those of all tests and of plugins are no reason to keep tests together.
    """
    info = getattr(item, "_fixtureinfo", None)
    for name, definitions in info.name2fixturedefs.items() if info else ():
        definition = definitions[-1]
        if definition.scope in {"session", "package"} and "/" in definition.baseid:
            yield f"{definition.baseid}::{name}"
