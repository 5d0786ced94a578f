"""Which part of the local cloud a name of AWS stands for.

Source: "AWS service endpoints" in the AWS General Reference, and the host names of APIs, function URLs and
buckets in the guides of those services.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from localcloud.contracts.stand_ins import refusal_of, stand_in_of

Find = Callable[[str], "int | None"]
_DOMAIN: Final = r"(?:amazonaws\.com(?:\.cn)?|api\.aws)"
_REGION: Final = r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)"
_API: Final = re.compile(r"(?P<id>[\w-]+)\.execute-api\..+")
_APPSYNC: Final = re.compile(rf"(?P<id>[\w-]+)\.appsync-(?:realtime-)?api\.{_REGION}\.{_DOMAIN}")
_URL: Final = re.compile(rf"(?P<id>\w+)\.lambda-url\.{_REGION}\.on\.aws")
_IOT: Final = re.compile(rf"[\w-]+\.iot\.{_REGION}\.{_DOMAIN}")
_SERVICE: Final = re.compile(rf"(?:[\w.-]+\.)?[a-z][\w-]*\.{_REGION}\.{_DOMAIN}")
# Services without a Region in their names, and the older forms of others.
_GLOBAL: Final = re.compile(
    r"(?:(?:[\w.-]+\.)?s3(?:-[\w-]+)?|s3-accelerate|iam|sts|sns|sqs|queue|dynamodb|route53|cloudfront"
    rf"|organizations|email|monitoring|events|lambda|ec2|(?:[\w-]+)\.queue)\.{_DOMAIN}"
)


class NotHere(Exception):
    """A name that nothing here stands for; the message says why."""


@dataclass(frozen=True)
class Places:
    """The ports of the parts.

    Attributes
    ----------
    gateway, appsync
        Return the port of an API by its id.
    local
        Returns whether a port of loopback is an API's own.
    """

    engine: int
    function_urls: int
    iot: int
    gateway: Find
    appsync: Find
    local: Callable[[int], bool]

    def port_of(self, host: str, port: int | None = None) -> int:
        """Return the port that a name leads to.

        Raises
        ------
        NotHere

        Examples
        --------
        >>> places = Places(4566, 4597, 4598, {"abc": 4576}.get, {"def": 4569}.get, {4576}.__contains__)
        >>> [places.port_of(host) for host in (
        ...     "abc.execute-api.eu-west-1.amazonaws.com", "def.appsync-realtime-api.eu-west-1.amazonaws.com",
        ...     "sqs.eu-west-1.amazonaws.com", "photos.s3.eu-west-1.amazonaws.com", "iam.amazonaws.com",
        ...     "q3f.lambda-url.us-east-1.on.aws", "a1-ats.iot.us-east-1.amazonaws.com")]
        [4576, 4569, 4566, 4566, 4566, 4597, 4598]
        >>> places.port_of("127.0.0.1", 4576)
        4576
        >>> places.port_of("gone.execute-api.eu-west-1.amazonaws.com")
        Traceback (most recent call last):
        localcloud.aws_proxy.names.NotHere: there is no API gone here
        """
        name = host.lower().rstrip(".")
        if name in {"127.0.0.1", "localhost"}:
            if port is not None and self.local(port):
                return port
            raise NotHere(f"no API is at port {port} here")
        stand_in = stand_in_of(name)
        if stand_in is not None:
            raise NotHere(refusal_of(stand_in))
        for pattern, find, what in (
            (_API, self.gateway, "API"),
            (_APPSYNC, self.appsync, "AppSync API"),
        ):
            match = pattern.fullmatch(name)
            if match is not None:
                number = find(match["id"])
                if number is None:
                    raise NotHere(f"there is no {what} {match['id']} here")
                return number
        if _URL.fullmatch(name):
            return self.function_urls
        if _IOT.fullmatch(name):
            return self.iot
        if _SERVICE.fullmatch(name) or _GLOBAL.fullmatch(name) or name.endswith(".amazoncognito.com"):
            return self.engine
        raise NotHere(f"the local cloud has nothing at {name}, and nothing leaves this machine")
