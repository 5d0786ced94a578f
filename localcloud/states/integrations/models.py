"""botocore's models of services, each loaded when it is first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from localcloud.states.integrations.naming import action

if TYPE_CHECKING:
    from botocore.loaders import Loader
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
def _loader() -> Loader:
    from botocore.loaders import create_loader  # noqa: PLC0415 - importing it takes as long as a request

    return create_loader()


@cache
def _services() -> dict[str, str]:
    names = set(_loader().list_available_services("service-2"))
    hidden = set(SDK_NAMES.values())
    services = {name.replace("-", ""): name for name in sorted(names) if name not in hidden}
    return services | {sdk: name for sdk, name in SDK_NAMES.items() if name in names}


def service_of(sdk_name: str) -> str | None:
    """Return botocore's name of a service; None where there is none.

    Examples
    --------
    >>> service_of("sfn"), service_of("secretsmanager"), service_of("stepfunctions")
    ('stepfunctions', 'secretsmanager', None)
    """
    return _services().get(sdk_name)


@cache
def service_model(service: str) -> ServiceModel:
    """Return a service's model."""
    from botocore.model import ServiceModel  # noqa: PLC0415

    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """Return an operation's model."""
    return service_model(service).operation_model(operation)


@cache
def actions(service: str) -> dict[str, str]:
    """Return a service's operations by the names that resources give them."""
    return {action(name): name for name in service_model(service).operation_names}


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
    return "states" if service == "stepfunctions" else str(service_model(service).signing_name)
