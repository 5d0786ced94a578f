"""Where AWS's own addresses lead: programs that build them reach the local cloud.

A program that makes ``https://ID.execute-api.REGION.amazonaws.com`` or ``https://sqs.REGION.amazonaws.com``
by itself is led here by a preload (``localcloud/preload``), which gives the name a loopback address and
trusts this proxy's authority. The proxy takes off TLS, reads the name that a request is for, and passes the
bytes on, or refuses it in one line. Nothing leaves the machine.
"""

from localcloud.aws_proxy.names import Places
from localcloud.aws_proxy.proxy import AwsProxy

__all__ = ["AwsProxy", "Places"]
