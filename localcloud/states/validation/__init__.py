"""What Step Functions refuses in a definition, when a state machine is created, updated or validated.

Codes, texts and locations are AWS's where they are known: from its guide, from recordings and from
published answers of ValidateStateMachineDefinition.
"""

from localcloud.states.validation.definition import diagnostics, refusal, state_diagnostics
from localcloud.states.validation.diagnostic import Diagnostic

__all__ = ["Diagnostic", "diagnostics", "refusal", "state_diagnostics"]
