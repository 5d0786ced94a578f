"""Calls of the engine from the event loop: kept connections, signatures, AWS's JSON protocol.

boto3 takes a thread and a millisecond of processor time for a call; what is asked for each order, each change
and each message goes this way. What is asked now and then stays with boto3 (`EngineAddress.client`).
"""

from localcloud.calls.connections import HttpConnections
from localcloud.calls.documents import JsonDocument
from localcloud.calls.errors import AnswerTooLarge, CallFailed, NoAnswer, ServiceRefused, TimedOut
from localcloud.calls.exchange import ClientConnection, HttpReply
from localcloud.calls.json_api import JsonApi, JsonService

__all__ = [
    "AnswerTooLarge",
    "CallFailed",
    "ClientConnection",
    "HttpConnections",
    "HttpReply",
    "JsonApi",
    "JsonDocument",
    "JsonService",
    "NoAnswer",
    "ServiceRefused",
    "TimedOut",
]
