"""A direct Lambda resolver: it is given the whole context."""

import os


def handler(event: dict[str, dict[str, str]], _context: object) -> str:
    return f"Hello, {event['arguments']['name']}{os.environ['PUNCTUATION']}"
