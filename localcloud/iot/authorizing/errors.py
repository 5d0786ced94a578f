"""Why a client is not admitted. It gets no more than that; the log has the rest."""

from __future__ import annotations


class NotAuthorized(Exception):
    """The credentials do not hold, or the authorizer does not work; the message is for the log."""


class NoAnswer(Exception):
    """The authority did not answer, so whether the credentials hold is unknown; it may answer later."""
