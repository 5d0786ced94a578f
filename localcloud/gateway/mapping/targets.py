"""Which service of AWS an integration's URI names, and how its requests name an action.

Source: ``uri`` of the resource ``Integration`` in API Gateway's API reference,
``arn:aws:apigateway:{region}:{subdomain.service|service}:path|action/{service_api}``.
"""

from __future__ import annotations

import re
from typing import Final

from localcloud.gateway.mapping.definition import ServiceBackend

TARGETS: Final = {
    "cognito-idp": ("AWSCognitoIdentityProviderService", "1.1"),
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "events": ("AWSEvents", "1.1"),
    "firehose": ("Firehose_20150804", "1.1"),
    "kinesis": ("Kinesis_20131202", "1.1"),
    "kms": ("TrentService", "1.1"),
    "logs": ("Logs_20140328", "1.1"),
    "secretsmanager": ("secretsmanager", "1.1"),
    "ssm": ("AmazonSSM", "1.1"),
    "states": ("AWSStepFunctions", "1.0"),
}
"""Of services that speak JSON, what stands before an action in ``X-Amz-Target``, and JSON's version."""

QUERY: Final = {"sqs": "2012-11-05", "sns": "2010-03-31"}
"""Of services whose action stands in the query, the version."""

BY_PATH: Final = frozenset({"execute-api", "lambda", "s3"})
SERVED: Final = frozenset({*TARGETS, *QUERY, *BY_PATH})
_URI: Final = re.compile(
    r"arn:[\w-]+:apigateway:[\w-]+:(?:(?P<subdomain>[\w.{}$-]+)\.)?(?P<service>[\w-]+):"
    r"(?P<kind>path|action)/(?P<rest>.*)",
    re.DOTALL,
)


def service_target(uri: str) -> ServiceBackend | None:
    """Return the service that a URI names; None when it names none.

    Examples
    --------
    >>> service_target("arn:aws:apigateway:eu-west-1:sqs:path/000000000000/orders").path
    '/000000000000/orders'
    >>> service_target("arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem").action
    'PutItem'
    >>> service_target("arn:aws:apigateway:eu-west-1:abc.execute-api:path/live").subdomain
    'abc'
    """
    parts = _URI.fullmatch(uri)
    if parts is None:
        return None
    by_path = parts["kind"] == "path"
    return ServiceBackend(
        parts["service"],
        "/" + parts["rest"].lstrip("/") if by_path else None,
        None if by_path else parts["rest"],
        parts["subdomain"] or "",
    )


def unserved_target(target: ServiceBackend) -> str | None:
    """Return what of a service is not served here, in words that follow an integration's type; or None.

    Examples
    --------
    >>> unserved_target(ServiceBackend("translate", action="TranslateText"))[:27]
    'with the service translate '
    >>> unserved_target(ServiceBackend("s3", action="GetObject"))
    'with an action of s3 (there are paths)'
    """
    if target.service not in SERVED:
        return f"with the service {target.service} (there is {', '.join(sorted(SERVED))})"
    if target.service in BY_PATH and target.path is None:
        return f"with an action of {target.service} (there are paths)"
    if target.service == "execute-api" and not target.subdomain:
        return f"with no API before {target.service}"
    return None
