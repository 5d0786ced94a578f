"""botocore's models of services, each loaded when it is first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from localcloud.contracts.service_models import ModelShape, read_model, services
from localcloud.states.integrations.naming import action

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

# AWS SDK names of services that are not botocore's without the hyphens; a test derives them all.
SDK_NAMES: Final = {
    "applicationdiscovery": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimev2": "lexv2-runtime",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "pinpoint-sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}


# Services that are signed for by the name that they are called by.
_PLAIN = frozenset(
    {*("dynamodb", "sqs", "events", "sns", "logs", "kinesis", "firehose", "states", "s3", "glue")}
)


@cache
def _services() -> dict[str, str]:
    names = services()
    hidden = set(SDK_NAMES.values())
    plain = {name.replace("-", ""): name for name in sorted(names) if name not in hidden}
    return plain | {sdk: name for sdk, name in SDK_NAMES.items() if name in names}


def service_of(sdk_name: str) -> str | None:
    """Return botocore's name of a service; None where there is none.

    Examples
    --------
    >>> service_of("sfn"), service_of("secretsmanager"), service_of("stepfunctions")
    ('stepfunctions', 'secretsmanager', None)
    """
    return _services().get(sdk_name)


@cache
def _document(service: str) -> dict[str, Any]:
    return read_model(service)


@cache
def service_model(service: str) -> ServiceModel:
    """Return a service's model, as botocore has it."""
    from botocore.model import ServiceModel  # noqa: PLC0415 - importing it takes as long as a request

    return ServiceModel(_document(service), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """Return an operation's model."""
    return service_model(service).operation_model(operation)


def input_shape(service: str, operation: str) -> ModelShape | None:
    """Return the shape of an operation's request; None where it takes nothing."""
    model = _document(service)
    return ModelShape.of_input(model, operation) if "input" in model["operations"][operation] else None


@cache
def actions(service: str) -> dict[str, str]:
    """Return a service's operations by the names that resources give them."""
    return {action(name): name for name in _document(service)["operations"]}


def service_id(service: str) -> str:
    """Return the name by which SDKs call a service.

    Examples
    --------
    >>> service_id("stepfunctions"), service_id("logs")
    ('SFN', 'CloudWatch Logs')
    """
    return str(_document(service)["metadata"]["serviceId"])


@cache
def signing_name(service: str) -> str:
    """Return what requests to a service are signed for, by which an engine may distinguish services.

    Examples
    --------
    >>> signing_name("stepfunctions"), signing_name("sesv2"), signing_name("dynamodb")
    ('states', 'ses', 'dynamodb')
    """
    if service in _PLAIN:
        return service  # a model takes memory and time to load
    if service == "stepfunctions":
        return "states"
    metadata = _document(service)["metadata"]
    return str(metadata.get("signingName") or metadata["endpointPrefix"])
