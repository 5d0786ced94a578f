"""Where webhooks are received, and how SNS's signature is verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clients.errors import BadSettings

LISTEN = "127.0.0.1:0"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where webhooks are received, and how SNS's signature is verified.

    Attributes
    ----------
    listen
        ``HOST:PORT``; port 0 takes a free one.
    url
        The public address that leads to ``listen``; the same address without.
    certificates
        Where SNS's certificates are fetched instead of at AWS's own host, such as a local cloud's
        ``http://127.0.0.1:4566/_localcloud/sns/``; subscriptions are confirmed at its origin as well.
    authority
        A PEM file of the authorities to trust for them instead of the system's, or where a local cloud
        serves it.
    """

    listen: str = LISTEN
    url: str | None = None
    certificates: str | None = None
    authority: str | None = None


def load_webhooks(
    environment: Mapping[str, str],
    *,
    listen: str | None,
    url: str | None,
    certificates: str | None,
    authority: str | None,
) -> WebhookSettings:
    """Put settings together from options, the environment, and what a ready file says of SNS.

    Raises
    ------
    BadSettings
        ``listen`` is not ``HOST:PORT``.
    """
    listen = listen or environment.get("ORDERWIRE_WEBHOOK_LISTEN") or LISTEN
    _, colon, port = listen.rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal() and int(port[:6]) < 65536):
        raise BadSettings(f"{listen!r} is not HOST:PORT, such as 127.0.0.1:8765.")
    url = url or environment.get("ORDERWIRE_WEBHOOK_URL")
    return WebhookSettings(listen, url, certificates, authority)
