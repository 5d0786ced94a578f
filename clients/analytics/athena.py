"""Asks SQL by Athena's API, on AWS and on a local cloud alike.

boto3 finds the credentials, and is imported when a question is asked: no other command needs it.
Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clients.analytics.settings import Where
from clients.errors import NotAllowed, NotSignedIn, OrderwireError, Refused, ServerFault, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import NamedQueryTypeDef, RowTypeDef

FIRST_LOOK: Final = 0.05
LONGEST_PAUSE: Final = 1.0
"""Seconds between two looks at a question that is being answered."""

_WHOLE: Final = frozenset({"tinyint", "smallint", "integer", "bigint"})
_REAL: Final = frozenset({"float", "real", "double"})
_FORBIDDEN: Final = frozenset({"AccessDeniedException", "AccessDenied", "UnrecognizedClientException"})
_HINTS: Final = {
    "not exist": "There are `changes`, each change once, and `order_changes`, as the stream brought them.",
    "COLUMN_NOT_FOUND": '`orderwire sql "SHOW COLUMNS IN changes"` names the columns.',
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a question is: QUEUED or RUNNING, and the bytes that were read for it so far."""

    state: str
    seconds: float
    scanned: int


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Rows, whose numbers are numbers and whose other values are text; None is SQL's NULL."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    scanned: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Question:
    """A saved question: a named query of the workgroup."""

    name: str
    description: str
    sql: str


@dataclass
class Athena:
    """One workgroup, by an open client.

    Attributes
    ----------
    where
        The workgroup, and how it is reached.
    observe
        Takes how far a question is, now and then.
    sleep
        Waits some seconds.
    """

    where: Where
    observe: Callable[[Progress], None] = lambda progress: None
    sleep: Callable[[float], None] = time.sleep
    _client: AthenaClient | None = field(default=None, repr=False)

    def questions(self) -> list[Question]:
        """Return the saved questions by name.

        Raises
        ------
        NotSignedIn, NotAllowed, Unavailable, Refused
        """
        with _our_errors(self.where):
            client = self._open()
            pages = client.get_paginator("list_named_queries").paginate(WorkGroup=self.where.workgroup)
            ids = [id for page in pages for id in page["NamedQueryIds"]]
            queries: list[NamedQueryTypeDef] = []
            for start in range(0, len(ids), 50):
                queries += client.batch_get_named_query(NamedQueryIds=ids[start : start + 50])["NamedQueries"]
        questions = [
            Question(query["Name"], query.get("Description", ""), query["QueryString"]) for query in queries
        ]
        return sorted(questions, key=lambda question: question.name)

    def ask(self, sql: str) -> QueryResult:
        """Return the answer to SQL; who interrupts the wait stops the question.

        Raises
        ------
        Refused
            The question is wrong; the message is Athena's.
        NotSignedIn, NotAllowed, Unavailable, ServerFault
        """
        start = time.monotonic()
        with _our_errors(self.where):
            client = self._open()
            id = client.start_query_execution(
                QueryString=sql,
                WorkGroup=self.where.workgroup,
                QueryExecutionContext={"Database": self.where.database},
            )["QueryExecutionId"]
            try:
                scanned = self._wait(client, id, start)
            except BaseException as error:
                if not isinstance(error, Exception):  # Ctrl-C
                    client.stop_query_execution(QueryExecutionId=id)
                raise
            columns, rows = _read(client, id)
        return QueryResult(columns, rows, scanned, time.monotonic() - start)

    def _wait(self, client: AthenaClient, id: str, start: float) -> int:
        pause = FIRST_LOOK
        while True:
            execution = client.get_query_execution(QueryExecutionId=id)["QueryExecution"]
            status = execution.get("Status", {})
            scanned = int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
            match status.get("State"):
                case "SUCCEEDED":
                    return scanned
                case "FAILED":
                    reason = status.get("StateChangeReason", "no reason given")
                    hint = next((f" {words}" for sign, words in _HINTS.items() if sign in reason), "")
                    raise Refused(f"{reason.rstrip('.')}.{hint}")
                case "CANCELLED":
                    raise Refused("The query was stopped.")
                case state:
                    self.observe(Progress(str(state), time.monotonic() - start, scanned))
            self.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 1.5)

    def _open(self) -> AthenaClient:
        if self._client is None:
            import boto3  # noqa: PLC0415 - takes 100 ms

            session = boto3.Session(
                aws_access_key_id=self.where.access_key_id,
                aws_secret_access_key=self.where.secret_access_key,
                region_name=self.where.region,
            )
            self._client = session.client("athena", endpoint_url=self.where.endpoint)
        return self._client


def _read(client: AthenaClient, id: str) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    columns: tuple[str, ...] = ()
    kinds: Sequence[str] = ()
    rows: list[tuple[object, ...]] = []
    for number, page in enumerate(client.get_paginator("get_query_results").paginate(QueryExecutionId=id)):
        result = page["ResultSet"]
        lines = result.get("Rows", [])
        if number == 0:
            infos = result.get("ResultSetMetadata", {}).get("ColumnInfo", [])
            columns, kinds = tuple(info["Name"] for info in infos), [info["Type"] for info in infos]
            # The first line of a SELECT's answer is its columns' names.
            if lines and _texts(lines[0]) == columns:
                lines = lines[1:]
        rows += [
            tuple(_value(text, kind) for text, kind in zip(_texts(line), kinds, strict=True))
            for line in lines
        ]
    return columns, rows


def _texts(row: RowTypeDef) -> tuple[str | None, ...]:
    return tuple(cell.get("VarCharValue") for cell in row.get("Data", []))


def _value(text: str | None, kind: str) -> object:
    if text is None:
        return None
    if kind in _WHOLE:
        return int(text)
    if kind in _REAL:
        return float(text)
    return text == "true" if kind == "boolean" else text


@contextmanager
def _our_errors(where: Where) -> Iterator[None]:
    """Turn what boto3 raises into errors that say what to do."""
    from botocore import exceptions  # noqa: PLC0415 - as boto3

    try:
        yield
    except exceptions.ClientError as error:
        raise _of_code(error.response, where) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise NotSignedIn("No AWS credentials: `aws configure`, AWS_PROFILE, or a role has them.") from error
    except exceptions.NoRegionError as error:
        raise NotSignedIn("No region: give --region or AWS_REGION.") from error
    except (exceptions.HTTPClientError, exceptions.BotoCoreError) as error:
        raise Unavailable(f"Athena does not answer ({type(error).__name__}).") from error


def _of_code(response: Mapping[str, object], where: Where) -> OrderwireError:
    details = response.get("Error")
    code = str(details.get("Code", "")) if isinstance(details, dict) else ""
    message = str(details.get("Message", "")) if isinstance(details, dict) else ""
    if code in _FORBIDDEN:
        return NotAllowed(f"AWS says {code}: attach the stack's policy AskingPolicy to your role. {message}")
    if code == "InvalidRequestException":
        if "WorkGroup" in message:
            return Refused(f"Athena has no workgroup {where.workgroup} here. {message}")
        return Refused(message)
    if code in {"TooManyRequestsException", "ThrottlingException"}:
        return Unavailable(f"Athena is busy: {message}")
    return ServerFault(f"{code}: {message}")
