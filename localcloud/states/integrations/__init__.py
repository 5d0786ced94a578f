"""Integrations: which services a Task state calls, and how."""

from localcloud.states.integrations.arguments import missing_arguments, unknown_arguments
from localcloud.states.integrations.table import Integration, integration

__all__ = ["Integration", "integration", "missing_arguments", "unknown_arguments"]
