"""A direct Lambda resolver."""

import os


def handler(event: dict, context: object) -> str:  # type: ignore[type-arg]
    name = event["arguments"]["name"]
    if name == "nobody":
        raise ValueError("nobody to greet")
    return f"{os.environ['GREETING']}, {name}"
