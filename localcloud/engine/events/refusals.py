"""What archives and replays refuse, by AWS's codes and words."""

from __future__ import annotations

from localcloud.deliveries.facade import EventsError, InvalidRequest


class ReplayExists(EventsError):
    """A replay has that name already."""

    code = "ResourceAlreadyExistsException"


class IllegalStatus(EventsError):
    """A replay is not under way."""

    code = "IllegalStatusException"


def not_valid(parameter: str, reason: str) -> InvalidRequest:
    """Return the error for a parameter.

    Examples
    --------
    >>> not_valid("EventEndTime", "EventStartTime must be before EventEndTime.").message
    'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.'
    """
    return InvalidRequest(f"Parameter {parameter} is not valid. Reason: {reason}")
