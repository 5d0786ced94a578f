"""Which page of the documentation explains why a start was refused, or ended."""

from __future__ import annotations

from localcloud.engine_process.environment import EngineError
from localcloud.engine_process.process import RulesError
from localcloud.folders.data import DataError
from localcloud.journal import JournalError
from localcloud.lifecycle.also import AlsoError
from localcloud.network.ports import PortTaken
from localcloud.stack.deploy import DeployError
from localcloud.stack.parameters import UsageError
from localcloud.stack.template import TemplateError

PAGES: dict[type[Exception], str] = {
    UsageError: "wrong-options",
    RulesError: "wrong-rules",
    DataError: "data-folder-refused",
    JournalError: "journal-refused",
    TemplateError: "template-refused",
    PortTaken: "port-taken",
    EngineError: "engine-missing",
    DeployError: "deployment-failed",
    AlsoError: "also-failed",
}
"""The page of each kind, by its name in ``docs/errors``."""


def page_for(error: Exception) -> str | None:
    """Return the page that explains ``error``, from the project's folder; None where there is none.

    Examples
    --------
    >>> page_for(PortTaken("port 4566 is in use"))
    'docs/errors/port-taken.md'
    """
    return next((f"docs/errors/{PAGES[kind]}.md" for kind in type(error).__mro__ if kind in PAGES), None)
