"""How AWS SDK integrations spell names: as the AWS SDK for Java 2, in words of one capital each."""

from __future__ import annotations

import re
from functools import lru_cache

_SEPARATOR = re.compile(r"[^A-Za-z0-9]+")
# "SESv2" and "ApiGatewayV2": a version is a word.
_VERSION = re.compile(r"([^a-z]{2,})(v[0-9]+)")
_VERSION_CAPITAL = re.compile(r"([^A-Z]{2,})(V[0-9]+)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])")
_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_NUMBER = re.compile(r"([0-9])([a-zA-Z])")
# Words that a Java method cannot be called.
_RESERVED = {"Null": "Nul", "Equals": "EqualsValue"}


def words(text: str) -> list[str]:
    """Split a name at its word boundaries.

    Examples
    --------
    >>> words("DBInstanceIdentifier")
    ['DB', 'Instance', 'Identifier']
    """
    text = _SEPARATOR.sub(" ", text)
    text = _VERSION_CAPITAL.sub(r"\1 \2 ", _VERSION.sub(r"\1 \2 ", text))
    text = _ACRONYM.sub(r"\1 \2", _CAMEL.sub(" ", text))
    return _NUMBER.sub(r"\1 \2", text).split()


@lru_cache(maxsize=8192)
def pascal(text: str) -> str:
    """Return a name in PascalCase.

    Examples
    --------
    >>> pascal("MD5OfMessageBody"), pascal("executionArn"), pascal("SSEKMSKeyId")
    ('Md5OfMessageBody', 'ExecutionArn', 'SsekmsKeyId')
    """
    return "".join(word.capitalize() for word in words(text))


@lru_cache(maxsize=8192)
def member(text: str) -> str:
    """Return how Step Functions spells a member of an API's structure.

    Examples
    --------
    >>> member("NULL"), member("ETag"), member("SS")
    ('Nul', 'ETag', 'Ss')
    """
    name = pascal(text)
    return _RESERVED.get(name, name)


def prefix(service_id: str) -> str:
    """Return what the names of a service's errors begin with.

    Examples
    --------
    >>> prefix("SFN"), prefix("ACM PCA"), prefix("Database Migration Service")
    ('Sfn', 'AcmPca', 'DatabaseMigration')
    """
    return pascal(service_id).removeprefix("Amazon").removeprefix("Aws").removesuffix("Service")


def exception(shape: str) -> str:
    """Return the name of an error's class: it always ends in "Exception".

    Examples
    --------
    >>> exception("NoSuchKey"), exception("DBInstanceNotFoundFault")
    ('NoSuchKeyException', 'DbInstanceNotFoundException')
    """
    return f"{pascal(shape.removesuffix('Exception').removesuffix('Fault'))}Exception"


def action(operation: str) -> str:
    """Return how a resource's ARN spells an operation.

    Examples
    --------
    >>> action("ListObjectsV2"), action("StopDBInstance")
    ('listObjectsV2', 'stopDBInstance')
    """
    return operation[:1].lower() + operation[1:]
