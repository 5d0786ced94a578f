"""What a function URL is, as plain values, and how the engine's list of them is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.gateway.requests import JSON

AUTH_TYPES, MODES = ("NONE", "AWS_IAM"), ("BUFFERED", "RESPONSE_STREAM")


@dataclass(frozen=True)
class Cors:
    """A function URL's CORS settings; what is empty is not answered. ``max_age`` is in seconds."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None


@dataclass(frozen=True)
class FunctionUrl:
    """A function's address of its own.

    Attributes
    ----------
    function
        The function's name, with its alias where the URL is the alias's.
    signed
        Whether requests must be signed (``AuthType: AWS_IAM``).
    streams
        Whether responses are sent piece by piece (``InvokeMode: RESPONSE_STREAM``).
    """

    id: str
    function: str
    arn: str
    url: str
    signed: bool = False
    streams: bool = False
    cors: Cors | None = None


def read_url(document: Mapping[str, JSON]) -> FunctionUrl:
    """Return a function URL of the engine's list.

    Raises
    ------
    ValueError
        It is none: the engine and this module do not fit together.
    """
    config, name = document.get("config"), document.get("function")
    if not isinstance(config, Mapping) or not isinstance(name, str):
        raise ValueError("an entry of the engine's function URLs has no function or no configuration")
    auth, mode = config.get("AuthType"), config.get("InvokeMode")
    if auth not in AUTH_TYPES or mode not in MODES:
        raise ValueError(f"the URL of {name} has the AuthType {auth} and the InvokeMode {mode}")
    cors, url = config.get("Cors"), str(config.get("FunctionUrl"))
    qualifier = name.partition(":")[2]
    arn = str(config.get("FunctionArn"))
    return FunctionUrl(
        id=url.rstrip("/").rpartition("/")[2],
        function=name,
        arn=f"{arn}:{qualifier}" if qualifier and not arn.endswith(f":{qualifier}") else arn,
        url=url,
        signed=auth == "AWS_IAM",
        streams=mode == "RESPONSE_STREAM",
        cors=_cors(cors) if isinstance(cors, Mapping) and cors else None,
    )


def _cors(document: Mapping[str, JSON]) -> Cors:
    age = document.get("MaxAge")
    return Cors(
        origins=_texts(document, "AllowOrigins"),
        methods=_texts(document, "AllowMethods"),
        headers=_texts(document, "AllowHeaders"),
        exposed=_texts(document, "ExposeHeaders"),
        credentials=str(document.get("AllowCredentials", False)).lower() == "true",
        max_age=None if age is None else int(str(age)),
    )


def _texts(document: Mapping[str, JSON], name: str) -> tuple[str, ...]:
    values = document.get(name)
    return tuple(str(value) for value in values) if isinstance(values, list) else ()
