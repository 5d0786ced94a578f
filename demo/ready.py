"""What the demo must know of a running local cloud: its ready file, with the administrator's key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from clients import BadSettings, Settings, load, reading


@dataclass(frozen=True, slots=True)
class Ready:
    """A running local cloud. The secret never appears in a ``repr``."""

    engine: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    user_pool: str
    fulfilment_table: str
    settings: Settings
    page: str | None = None
    state_machine: str | None = None


def read_ready(path: Path) -> Ready:
    """Read a ready file.

    Raises
    ------
    BadSettings
        It is not there, or not of a stack with Orderwire's outputs.
    """
    # The caller's own ORDERWIRE_* and AWS_* may point elsewhere: the demo shows this cloud alone.
    settings = load({}, ready_file=path)
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
        data = reading.mapping(document, "")
        key = reading.mapping(data.get("credentials"), "credentials")
        outputs = reading.mapping(data.get("outputs"), "outputs")
        return Ready(
            engine=reading.text(data.get("engine"), "engine"),
            region=reading.text(data.get("region"), "region"),
            access_key_id=reading.text(key.get("access_key_id"), "credentials.access_key_id"),
            secret_access_key=reading.text(key.get("secret_access_key"), "credentials.secret_access_key"),
            user_pool=reading.text(outputs.get("UserPoolId"), "outputs.UserPoolId"),
            fulfilment_table=reading.text(outputs.get("FulfilmentTableName"), "outputs.FulfilmentTableName"),
            settings=settings,
            page=reading.optional_text(data.get("web"), "web"),
            state_machine=reading.optional_text(outputs.get("StateMachineArn"), "outputs.StateMachineArn"),
        )
    except (OSError, ValueError, reading.Unexpected) as error:
        raise BadSettings(f"The ready file {path} is not Orderwire's: {error}") from error
