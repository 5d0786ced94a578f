"""Custom authorizers: which one is asked, what it is asked, and what its answer means.

Source: "Custom authentication and authorization" in the AWS IoT Core developer guide.
"""

from localcloud.iot.authorizing.answers import Grant
from localcloud.iot.authorizing.asking import Authorizers
from localcloud.iot.authorizing.directory import Directory, EngineDirectory
from localcloud.iot.authorizing.errors import NoAnswer, NotAuthorized
from localcloud.iot.authorizing.model import Authorizer
from localcloud.iot.authorizing.presented import HttpPart, MqttPart, Presented

__all__ = [
    "Authorizer",
    "Authorizers",
    "Directory",
    "EngineDirectory",
    "Grant",
    "HttpPart",
    "MqttPart",
    "NoAnswer",
    "NotAuthorized",
    "Presented",
]
