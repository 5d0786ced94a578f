"""Prepare the shop: demo users in the user pool, and stock on the shelves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from clients import BadSettings, Unavailable, reading
from demo.ready import Ready

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

CUSTOMERS = ("ada", "grace", "linus", "margaret")
STAFF = "staff"
# Printed for people who try the local cloud; these users exist nowhere else.
PASSWORD = "Orderwire-1"  # noqa: S105


def read_stock(path: Path) -> dict[str, int]:
    """Read ``{"SKU": available, …}``. Raises ``BadSettings``."""
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
        return {sku: reading.whole(n, sku) for sku, n in reading.mapping(document, "").items()}
    except (OSError, ValueError, reading.Unexpected) as error:
        raise BadSettings(f"Cannot read the stock file {path}: {error}") from error


def prepare(ready: Ready, customers: Iterable[str], stock: Mapping[str, int]) -> None:
    """Make the users, and set the stock. What is there already is left, or set again.

    Raises
    ------
    Unavailable
        The local cloud does not answer, or refuses.
    """
    session = boto3.session.Session(
        aws_access_key_id=ready.access_key_id,
        aws_secret_access_key=ready.secret_access_key,
        region_name=ready.region,
    )
    try:
        cognito = session.client("cognito-idp", endpoint_url=ready.engine)
        for name in dict.fromkeys((*CUSTOMERS, STAFF, *customers)):
            _make_user(cognito, ready.user_pool, name)
        cognito.admin_add_user_to_group(UserPoolId=ready.user_pool, Username=STAFF, GroupName="staff")
        dynamodb = session.client("dynamodb", endpoint_url=ready.engine)
        for sku, available in stock.items():
            dynamodb.put_item(
                TableName=ready.fulfilment_table,
                Item={"pk": {"S": f"STOCK#{sku}"}, "sku": {"S": sku}, "available": {"N": str(available)}},
            )
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(f"The local cloud at {ready.engine} could not be prepared: {error}") from error


def _make_user(cognito: CognitoIdentityProviderClient, pool: str, name: str) -> None:
    with contextlib.suppress(cognito.exceptions.UsernameExistsException):
        # SUPPRESS: these users have no mailboxes.
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
