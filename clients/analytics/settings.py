"""Where Athena is and what it is to ask: options, ``ORDERWIRE_*``, or a local cloud's ready file.

Credentials are AWS's own business (profiles, variables, roles); a local cloud's are in its ready file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clients import reading
from clients.errors import BadSettings
from clients.ready_file import default_ready_file

OFF = (
    "There are no analytics here: start the local cloud by `make run`, or deploy the stack with "
    "Analytics=true; elsewhere --workgroup and --database, or ORDERWIRE_WORKGROUP and ORDERWIRE_DATABASE, "
    "name what `AnalyticsWorkGroup` and `AnalyticsDatabase` of the stack's outputs say."
)


@dataclass(frozen=True, slots=True)
class Where:
    """Athena, and the database that is asked.

    Attributes
    ----------
    endpoint
        A local cloud's; None for AWS itself.
    access_key_id, secret_access_key
        A local cloud's; None for AWS's own chain of credentials.
    """

    workgroup: str
    database: str
    region: str | None = None
    endpoint: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)


def find_athena(
    environment: Mapping[str, str],
    *,
    ready_file: Path | None = None,
    workgroup: str | None = None,
    database: str | None = None,
    region: str | None = None,
) -> Where:
    """Return where SQL is asked.

    Raises
    ------
    BadSettings
        Nothing says where, or a stack without analytics.
    """
    workgroup = workgroup or environment.get("ORDERWIRE_WORKGROUP")
    database = database or environment.get("ORDERWIRE_DATABASE")
    region = region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    endpoint = environment.get("AWS_ENDPOINT_URL_ATHENA")
    if workgroup and database:
        return Where(workgroup, database, region, endpoint or environment.get("AWS_ENDPOINT_URL"))
    named = environment.get("ORDERWIRE_READY_FILE")
    path = ready_file or (Path(named) if named else default_ready_file(environment))
    try:
        data = reading.mapping(json.loads(path.read_text(encoding="utf-8")), "")
        outputs = reading.mapping(data.get("outputs"), "outputs")
        key = reading.mapping(data.get("credentials"), "credentials")
        if "AnalyticsWorkGroup" not in outputs:
            raise BadSettings(OFF)
        return Where(
            workgroup or reading.text(outputs.get("AnalyticsWorkGroup"), "outputs.AnalyticsWorkGroup"),
            database or reading.text(outputs.get("AnalyticsDatabase"), "outputs.AnalyticsDatabase"),
            reading.text(data.get("region"), "region"),
            endpoint or reading.text(data.get("engine"), "engine"),
            reading.text(key.get("access_key_id"), "credentials.access_key_id"),
            reading.text(key.get("secret_access_key"), "credentials.secret_access_key"),
        )
    except OSError as error:
        raise BadSettings(f"Cannot read the ready file {path} ({error.strerror}). {OFF}") from error
    except (ValueError, reading.Unexpected) as error:
        raise BadSettings(f"The ready file {path} is not a local cloud's: {error}") from error
