"""The templates of a start: read, held against what this machine runs, and read again after an edit."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from localcloud.check.gate import blocking, refusals, unstartable
from localcloud.deploying.deployment import Planned
from localcloud.stack.files import code_names
from localcloud.stack.template import TemplateError


def code_of(planned: Sequence[Planned]) -> dict[str, Path]:
    """Return where the code of functions and resolvers lies, by the name that it has in the logs."""
    whole = [code_names(each.document, each.target.base) for each in planned]
    return {name: path for names in whole for name, path in names.items()}


def blocking_of(planned: Planned, path: Path) -> list[str]:
    """Return what keeps an edited template from being taken over."""
    return blocking(planned.document, path, planned.target.values)


def refuse(options: argparse.Namespace, planned: Sequence[Planned]) -> list[str]:
    """Raise `TemplateError` for what AWS refuses, and for what this machine cannot run.

    Returns
    -------
    list of str
        The errors in handlers of resolvers. Only their fields fail, so that the rest can be tried.
    """
    lines: list[str] = []
    handlers: list[str] = []
    for path, plan in zip(options.templates, planned, strict=True):
        lines += unstartable(plan.document, path, plan.target.values, kept=options.data is not None)
        refused = refusals(plan.document, path, plan.target.values)
        lines += refused.whole
        handlers += [f"{line}: {outcome}" for line, outcome in refused.handlers.items()]
    if lines:
        raise TemplateError("\n".join([*lines, *handlers]))
    return handlers
