"""Integrations: which services a Task state calls, and how."""

from localcloud.states.integrations.arguments import missing_arguments, unknown_arguments
from localcloud.states.integrations.call import call
from localcloud.states.integrations.models import signing_name
from localcloud.states.integrations.nested import nested_result
from localcloud.states.integrations.table import Integration, integration
from localcloud.states.integrations.transport import (
    CallRefused,
    InvocationType,
    InvokeReply,
    TaskReply,
    Transport,
    acting_as,
    acting_role,
)

__all__ = [
    "CallRefused",
    "Integration",
    "InvocationType",
    "InvokeReply",
    "TaskReply",
    "Transport",
    "acting_as",
    "acting_role",
    "call",
    "integration",
    "missing_arguments",
    "nested_result",
    "signing_name",
    "unknown_arguments",
]
