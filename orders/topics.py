"""The MQTT topics of orders, and the policy that opens one customer's alone.

A topic is ``orders/CUSTOMER/ORDER``: a customer's policy can be written without looking an order up.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Policy: TypeAlias = dict[str, str | list[dict[str, str | list[str]]]]
_PLAIN = re.compile(r"[A-Za-z0-9-]{1,64}")


def topic(customer_id: str, order_id: str) -> str:
    """Return the topic of an order.

    Examples
    --------
    >>> topic("ada", "4b0c")
    'orders/ada/4b0c'
    """
    return f"orders/{customer_id}/{order_id}"


def policy(arn: str, customer_id: str, *, staff: bool) -> Policy:
    """Return what a customer may do: connect under their own name, and follow; no customer publishes.

    Policies compare text, so that ``orders/+/ORDER`` is none of a customer's filters.

    Parameters
    ----------
    arn : str
        What the ARNs of the account's IoT resources begin with, ``arn:aws:iot:REGION:ACCOUNT``.
    customer_id : str
        Client ids begin with it, so no customer can take another's connection over.

    Raises
    ------
    ValueError
        The id holds what means something in a policy or a topic.

    Examples
    --------
    >>> document = policy("arn:aws:iot:eu-west-1:1", "ada", staff=False)
    >>> document["Statement"][1]["Resource"]
    'arn:aws:iot:eu-west-1:1:topicfilter/orders/ada/*'
    """
    if not _PLAIN.fullmatch(customer_id):
        raise ValueError("A customer's id consists of letters, digits and dashes.")
    followed = "orders/*" if staff else f"orders/{customer_id}/*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iot:Connect", "Resource": f"{arn}:client/{customer_id}-*"},
            {"Effect": "Allow", "Action": "iot:Subscribe", "Resource": f"{arn}:topicfilter/{followed}"},
            {"Effect": "Allow", "Action": "iot:Receive", "Resource": f"{arn}:topic/{followed}"},
        ],
    }
