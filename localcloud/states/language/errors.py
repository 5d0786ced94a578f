"""How a state fails: an error's name and its cause, in AWS's words."""

from __future__ import annotations


class StatesError(Exception):
    """A state failed.

    Parameters
    ----------
    error
        What Retry and Catch match, such as ``States.TaskFailed``; None for a Fail state without.
    cause
        The text beside it; None where AWS gives none.

    Examples
    --------
    >>> StatesError("States.Timeout").cause is None
    True
    """

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


class EvaluationError(StatesError):
    """A path, an intrinsic function, a JSONata expression or a field's value is of no use.

    The interpreter puts "An error occurred while executing the state 'X' (entered at the event id
    #N). " before the cause.

    Parameters
    ----------
    error
        ``States.Runtime`` for JSONPath, ``States.QueryEvaluationError`` for JSONata,
        ``States.IntrinsicFailure`` for an intrinsic function.
    cause
        The rest of the sentence.
    location
        The field, such as ``Output/total``; the history's EvaluationFailed event names it.
    """

    def __init__(self, error: str, cause: str, location: str | None = None) -> None:
        super().__init__(error, cause)
        self.location = location


class DefinitionError(ValueError):
    """An expression has no meaning; creation refuses its state machine."""
