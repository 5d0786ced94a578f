"""One of the functions of a loop."""

import os


def handler(_event: object, _context: object) -> list[str]:
    """Return which one it is, by its code and by its variable."""
    return ["orders", os.environ["NAME"]]
