"""AWS IoT Core policies: documents read strictly, and what they allow.

A policy compares text: MQTT's own wildcards ``+`` and ``#`` are ordinary characters in it, while ``*`` and
``?`` stand for any text and any one character. Source: "AWS IoT Core policies" in the developer guide.
"""

from localcloud.iot.policies.documents import Policy, PolicyInvalid, parse_policy
from localcloud.iot.policies.evaluation import PolicyRequest, allows

__all__ = ["Policy", "PolicyInvalid", "PolicyRequest", "allows", "parse_policy"]
