"""Why nobody is let in. The client is told no more than that; the log says the rest."""

from __future__ import annotations


class NotAuthorized(Exception):
    """The credentials do not hold, or the authorizer does not work; the message is for the log."""


class NoAnswer(Exception):
    """Whoever knows did not answer, so nobody can say whether the credentials hold; it may later."""
