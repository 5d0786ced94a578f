"""Where traces are exported to, as the command line and the environment name it."""

from __future__ import annotations

import argparse
import os
from typing import Final
from urllib.parse import urlsplit

VARIABLE: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"


def otlp_endpoint(text: str) -> str:
    """Return an endpoint of a command line; empty for none.

    Raises
    ------
    argparse.ArgumentTypeError
        It is no address by HTTP.

    Examples
    --------
    >>> otlp_endpoint("http://127.0.0.1:4318/")
    'http://127.0.0.1:4318'
    """
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise argparse.ArgumentTypeError(f"{text!r} is no address such as http://127.0.0.1:4318")
    return text.rstrip("/")


def default_endpoint() -> str:
    """Return the endpoint that the environment names; empty for none."""
    return os.environ.get(VARIABLE, "")
