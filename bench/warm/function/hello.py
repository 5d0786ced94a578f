"""The function that does nothing worth measuring."""


def handler(event: dict[str, object], context: object) -> str:
    """Say hello."""
    return "hello"
