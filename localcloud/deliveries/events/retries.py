"""How often, how long and how far apart EventBridge tries a target again.

"By default, EventBridge retries sending the event for 24 hours and up to 185 times with an exponential back
off and jitter." The delays themselves are not published. Ours double from one second, and 185 of them take
24 hours; there is no jitter, so a run can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Final

MOST_RETRIES: Final = 185
LEAST_AGE: Final = 60
MOST_AGE: Final = 86_400
DOUBLINGS: Final = 9
# 1 + 2 + ... + 256 = 511 s; the other 176 retries share what is left of the day.
LONGEST: Final = (MOST_AGE - (2**DOUBLINGS - 1)) / (MOST_RETRIES - DOUBLINGS)

TOO_MANY: Final = "MaximumRetryAttempts"
TOO_OLD: Final = "MaximumEventAgeInSeconds"


@dataclass(frozen=True)
class RetryPolicy:
    """A target's policy.

    Attributes
    ----------
    retries
        How often a delivery that failed is tried again, 0 to 185.
    age
        The age in seconds, counted from the event's acceptance, beyond which there is no retry; 60 to 86,400.
    """

    retries: int = MOST_RETRIES
    age: float = MOST_AGE

    def delays(self) -> Iterator[float]:
        """Yield the seconds before each retry, however old the event is.

        Examples
        --------
        >>> list(RetryPolicy(retries=4).delays())
        [1.0, 2.0, 4.0, 8.0]
        >>> round(sum(RetryPolicy().delays()))
        86400
        """
        backoff = (float(2**step) for step in range(DOUBLINGS))
        for _, delay in zip(range(self.retries), backoff, strict=False):
            yield delay
        yield from repeat(LONGEST, self.retries - DOUBLINGS)


class Retries:
    """The retries of one delivery, and which limit ended them.

    Parameters
    ----------
    age
        Returns the event's age in seconds.
    rest
        Returns for how long the target wants to be left alone at the least.

    Attributes
    ----------
    attempts
        How many retries there were.
    exhausted
        The limit that was reached, in AWS's words; None while none was.
    """

    def __init__(self, policy: RetryPolicy, age: Callable[[], float], rest: Callable[[], float]) -> None:
        self._policy, self._age, self._rest = policy, age, rest
        self.attempts = 0
        self.exhausted: str | None = None

    def delays(self) -> Iterator[float]:
        """Yield the seconds before each retry; a retry that would come too late is not waited for."""
        for planned in self._policy.delays():
            delay = max(planned, self._rest())
            if self._age() + delay > self._policy.age:
                self.exhausted = TOO_OLD
                return
            self.attempts += 1
            yield delay
        self.exhausted = TOO_MANY
