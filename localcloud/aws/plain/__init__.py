"""The operations of the start, called at the engine without boto3.

boto3 takes half a second of a processor until its first five clients are there, and two milliseconds for
each call. A start needs some twenty operations, each a path, a query or a form.
"""

from localcloud.aws.plain.client import plain_client

__all__ = ["plain_client"]
