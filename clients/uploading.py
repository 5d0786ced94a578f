"""What goes to S3 and comes from there, by forms and addresses that the API has signed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import aiohttp

from clients import reading
from clients.backoff import Backoff
from clients.errors import OrderwireError, Refused, Unavailable


@dataclass(frozen=True, slots=True)
class Upload:
    """A form that uploads a file; its fields are a credential."""

    id: str
    url: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)

    @classmethod
    def parse(cls, value: object, where: str = "createImport") -> Upload:
        """Read GraphQL's ``ImportUpload``."""
        data = reading.mapping(value, where)
        announced = reading.mapping(data.get("import"), f"{where}.import")
        fields = [
            reading.mapping(item, f"{where}.fields[]")
            for item in reading.sequence(data.get("fields"), f"{where}.fields")
        ]
        return cls(
            id=reading.text(announced.get("id"), f"{where}.import.id"),
            url=reading.text(data.get("url"), f"{where}.url"),
            fields=tuple(
                (reading.text(item.get("name"), where), reading.text(item.get("value"), where))
                for item in fields
            ),
        )


async def upload(form: Upload, data: bytes, file_name: str) -> None:
    """Send a file by its form, as a browser does; what got no answer is sent again.

    Raises
    ------
    Refused
        The file is not the one that was announced, or the form's time is over.
    Unavailable
    """
    backoff = Backoff(0.2, 5.0)
    for attempt in range(4):
        if attempt:
            await asyncio.sleep(backoff.next())
        parts = aiohttp.FormData()
        for name, value in form.fields:
            parts.add_field(name, value)
        parts.add_field("file", data, filename=file_name, content_type="text/csv")
        try:
            async with aiohttp.ClientSession() as session, session.post(form.url, data=parts) as answer:
                if answer.status < 300:
                    return
                if answer.status < 500:
                    raise Refused(f"S3 refuses the upload: {_code(await answer.text())}.")
        except (aiohttp.ClientError, OSError, TimeoutError):
            continue
    raise Unavailable("S3 does not answer.")


async def download(url: str) -> bytes:
    """Return what a presigned address leads to. Raises ``OrderwireError``."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            if answer.status != 200:
                raise OrderwireError(f"S3 answers HTTP {answer.status}: {_code(await answer.text())}.")
            return await answer.read()
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise Unavailable("S3 does not answer.") from None


def _code(body: str) -> str:
    """Return the name of S3's error; its words may hold parts of the form."""
    return body.partition("<Code>")[2].partition("</Code>")[0][:60] or "no reason given"
