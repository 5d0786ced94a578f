"""The services whose calls are understood here, by the name that signatures use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from localcloud.iam.actions import compute, dynamodb, messaging, others, storage
from localcloud.iam.actions.call import ApiCall, Lookups, Need

Service = Callable[[ApiCall, Lookups], tuple[Need, ...]]

SERVICES: Final[Mapping[str, Service]] = {
    "athena": others.athena,
    "cognito-idp": others.cognito_idp,
    "dynamodb": dynamodb.needs,
    "dynamodbstreams": dynamodb.needs,
    "events": messaging.events,
    "firehose": messaging.firehose,
    "iotdata": others.iot_data,
    "iotdevicegateway": others.iot_data,
    "kinesis": messaging.kinesis,
    "kms": others.kms,
    "lambda": compute.lambda_,
    "logs": others.logs,
    "monitoring": others.cloudwatch,
    "s3": storage.s3,
    "scheduler": others.scheduler,
    "secretsmanager": others.secretsmanager,
    "sns": messaging.sns,
    "sqs": messaging.sqs,
    "ssm": others.ssm,
    "states": compute.states,
    "sts": others.sts,
    "xray": others.xray,
}


def needs(call: ApiCall, lookups: Lookups) -> tuple[Need, ...] | None:
    """Return what a call needs; None for a service that is not understood here.

    Examples
    --------
    >>> call = ApiCall("sqs", "SendMessageBatch", "000000000000", "us-east-1",
    ...                b'{"QueueUrl": "http://127.0.0.1:4566/000000000000/orders"}')
    >>> needs(call, None)
    (Need(action='sqs:SendMessage', resource='arn:aws:sqs:us-east-1:000000000000:orders', ...),)
    """
    service = SERVICES.get(call.service)
    return None if service is None else service(call, lookups)
