"""The engine's settings, from its environment, and those that it passes on to MiniStack in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from localcloud.engine.faults import NO_FAULTS, FaultPlan, parse_faults
from localcloud.engine.quotas import Quota, Scale, parse_quotas
from localcloud.engine.rules import RulesError, read_rules

Rules = TypeVar("Rules")


class SettingsError(Exception):
    """The environment does not say what the engine needs; the message names the variable."""


@dataclass(frozen=True)
class Settings:
    """How this engine serves.

    Attributes
    ----------
    port
        TCP port on loopback.
    iot_endpoint
        Where clients reach the MQTT broker, ``HOST:PORT`` (``LOCALCLOUD_IOT_ENDPOINT``); empty where none do.
    socket
        Number of an inherited socket that is bound to it (``LOCALCLOUD_ENGINE_SOCKET``); None: bind here.
    account
        The twelve digits of the one local account.
    region
        The AWS region that unsigned requests fall into.
    lambda_url
        Where every Lambda invocation is sent (``LOCALCLOUD_LAMBDA_URL``).
    control_url
        The service that receives new GraphQL APIs and names their addresses (``LOCALCLOUD_CONTROL_URL``).
    function_urls
        Where function URLs are served (``LOCALCLOUD_FUNCTION_URLS``); empty: nowhere.
    xray
        Where the X-Ray daemon is, ``HOST:PORT`` (``LOCALCLOUD_XRAY``); empty: there is none.
    faults, quotas
        The rules in force from the start (``LOCALCLOUD_FAULTS`` and ``LOCALCLOUD_QUOTAS`` name files).
    secret
        The administrator's secret (``LOCALCLOUD_SECRET``), which signatures of addresses are verified with;
        empty: none.
    python
        The interpreter of the local cloud's own environment (``LOCALCLOUD_PYTHON``): what this one lacks runs
        there, in a process of its own.
    data
        The folder that keeps the state over a stop (``LOCALCLOUD_DATA``); None keeps nothing.
    alarm_clock
        How many times faster than time alarms run (``LOCALCLOUD_ALARM_CLOCK``).
    iam
        What becomes of a call that its caller's policies do not allow (``LOCALCLOUD_IAM``): it is refused, or
        said once in the log, or not evaluated.
    without
        Names of mends to leave out: only the tests that show that a mend is still needed set it.
    short_ways
        Whether frequent requests go round MiniStack where they can (``LOCALCLOUD_SHORT_WAYS``, ``0`` or
        ``1``): only the tests that compare both ways turn it off.
    """

    port: int
    account: str
    region: str
    lambda_url: str
    control_url: str
    iot_endpoint: str = ""
    function_urls: str = ""
    xray: str = ""
    socket: int | None = None
    faults: FaultPlan = NO_FAULTS
    quotas: tuple[Quota | Scale, ...] = ()
    python: str = "python3"
    data: Path | None = None
    secret: str = field(default="", repr=False)
    without: frozenset[str] = frozenset()
    short_ways: bool = True
    alarm_clock: int = 1
    iam: Literal["enforce", "warn", "off"] = "off"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises
        ------
        SettingsError
            A variable is missing or has no meaning.
        localcloud.engine.rules.RulesError
            A file of faults or quotas has not its form.

        Examples
        --------
        >>> Settings.read({"LOCALCLOUD_ENGINE_PORT": "4566", "LOCALCLOUD_ACCOUNT": "000000000000",
        ...                "LOCALCLOUD_REGION": "us-east-1", "LOCALCLOUD_LAMBDA_URL": "http://127.0.0.1:1",
        ...                "LOCALCLOUD_CONTROL_URL": "http://127.0.0.1:2"}).port
        4566
        """
        account = _required(environment, "LOCALCLOUD_ACCOUNT")
        if not (len(account) == 12 and account.isdigit()):
            raise SettingsError(f"LOCALCLOUD_ACCOUNT must be twelve digits, not {account!r}")
        port = _required(environment, "LOCALCLOUD_ENGINE_PORT")
        if not (port.isdigit() and 0 < int(port) < 65536):
            raise SettingsError(f"LOCALCLOUD_ENGINE_PORT must be a TCP port, not {port!r}")
        return cls(
            port=int(port),
            account=account,
            region=_required(environment, "LOCALCLOUD_REGION"),
            lambda_url=_url(environment, "LOCALCLOUD_LAMBDA_URL"),
            control_url=_url(environment, "LOCALCLOUD_CONTROL_URL"),
            iot_endpoint=environment.get("LOCALCLOUD_IOT_ENDPOINT", ""),
            function_urls=environment.get("LOCALCLOUD_FUNCTION_URLS", ""),
            xray=environment.get("LOCALCLOUD_XRAY", ""),
            socket=_number(environment, "LOCALCLOUD_ENGINE_SOCKET"),
            python=environment.get("LOCALCLOUD_PYTHON") or "python3",
            faults=_rules(environment, "LOCALCLOUD_FAULTS", parse_faults, NO_FAULTS),
            quotas=_rules(environment, "LOCALCLOUD_QUOTAS", parse_quotas, ()),
            data=Path(environment["LOCALCLOUD_DATA"]) if environment.get("LOCALCLOUD_DATA") else None,
            secret=environment.get("LOCALCLOUD_SECRET", ""),
            alarm_clock=_number(environment, "LOCALCLOUD_ALARM_CLOCK") or 1,
            iam=_iam(environment.get("LOCALCLOUD_IAM") or "off"),
            short_ways=environment.get("LOCALCLOUD_SHORT_WAYS") != "0",
            without=frozenset(filter(None, environment.get("LOCALCLOUD_WITHOUT_MEND", "").split(","))),
        )

    def ministack_environment(self) -> dict[str, str]:
        """Return the variables that MiniStack reads while it is imported."""
        return {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": self.account,
            "MINISTACK_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            # Signatures are not verified, as a signed request's key id is the account itself.
            "AUTH": "false",
            **self._state_environment(),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "USE_SSL": "0",
            "LOG_LEVEL": "ERROR",
            # Without a daemon there is nothing to reap, and asking for one takes time.
            "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        }

    def _state_environment(self) -> dict[str, str]:
        if self.data is None:
            # Nowhere: user pools' signing keys then stay in memory instead of under /tmp.
            return {"PERSIST_STATE": "0", "S3_PERSIST": "0", "STATE_DIR": "/dev/null/localcloud"}
        return {
            # MiniStack would save at a clean stop alone: the journal (durable/) is there at any end.
            "PERSIST_STATE": "0",
            "S3_PERSIST": "1",
            "STATE_DIR": str(self.data / "state"),
            "S3_DATA_DIR": str(self.data / "objects"),
        }


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set: the engine is started by `python -m localcloud`")
    return value


def _number(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name, "")
    if value and not value.isdigit():
        raise SettingsError(f"{name} must be the number of an open file, not {value!r}")
    return int(value) if value else None


def _iam(value: str) -> Literal["enforce", "warn", "off"]:
    modes: dict[str, Literal["enforce", "warn", "off"]] = {"enforce": "enforce", "warn": "warn", "off": "off"}
    if value not in modes:
        raise SettingsError(f"LOCALCLOUD_IAM must be enforce, warn or off, not {value!r}")
    return modes[value]


def _url(environment: Mapping[str, str], name: str) -> str:
    value = _required(environment, name).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme != "http" or parts.hostname is None:
        raise SettingsError(f"{name} must be an http address, not {value!r}")
    return value


def _rules(environment: Mapping[str, str], name: str, parse: Callable[[object], Rules], none: Rules) -> Rules:
    """Return the rules in the file that a variable names."""
    file = environment.get(name, "")
    if not file:
        return none
    document = read_rules(Path(file))
    try:
        return parse(document)
    except RulesError as error:
        raise RulesError(f"{file}: {error}") from error
