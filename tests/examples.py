"""How many random examples a test tries where it needs other than a run's own number."""

from __future__ import annotations

from hypothesis import settings


def examples(thorough: int) -> int:
    """Return ``thorough``, and an eighth of it in a quick run.

    Examples
    --------
    >>> examples(200) in {200, 25}
    True
    """
    return max(1, thorough // 8) if settings.get_current_profile_name() == "quick" else thorough
