"""What is read of a template's APIs before they are deployed, and found again when they are loaded."""

from __future__ import annotations

from localcloud.appsync.execution.schema import forget_schemas
from localcloud.appsync.js.modules import forget_modules


def forget_programs() -> None:
    """Let go of schemas and code: what is served has been loaded."""
    forget_schemas()
    forget_modules()
