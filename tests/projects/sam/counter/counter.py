"""Counts letters."""


def handler(event: dict[str, str], _context: object) -> dict[str, int]:
    return {"letters": sum(map(str.isalpha, event["text"]))}
