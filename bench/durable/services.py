"""Two services that run durable executions: started and looked at over HTTP, from a process of its own."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final
from urllib.parse import quote

from bench.model import NotMeasured
from clients import reading

AT_ONCE: Final = 4
LOOK_SECONDS: Final = 0.1
PATIENCE: Final = 240.0
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Service:
    """Where executions are started.

    Attributes
    ----------
    runner
        It is AWS's local runner, which has a request of its own to start an execution.
    prefix
        What the names of its functions begin with.
    """

    name: str
    port: int
    region: str
    account: str
    key: str
    runner: bool = False
    prefix: str = ""


class ServiceConnection:
    """One connection that stays open where the service lets it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        credential = f"{service.key}/20260101/{service.region}/lambda/aws4_request"
        self._headers = {
            "Content-Type": "application/json",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
        }
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)

    def start(self, function: str) -> str:
        """Start an execution; return its ARN."""
        service, name = self._service, f"{service_name(function)}-{uuid.uuid4()}"
        if not service.runner:
            path = f"/2015-03-31/functions/{service.prefix}{function}/invocations?Qualifier=%24LATEST"
            asynchronous = {"X-Amz-Invocation-Type": "Event", "X-Amz-Durable-Execution-Name": name}
            _, headers = self._call("POST", path, b"{}", asynchronous)
            return reading.text(headers.get("x-amz-durable-execution-arn"), "the execution's ARN")
        request = {
            "AccountId": service.account,
            "FunctionName": service.prefix + function,
            "FunctionQualifier": "$LATEST",
            "ExecutionName": name,
            "ExecutionTimeoutSeconds": _DAY,
            "ExecutionRetentionPeriodDays": 1,
            "InvocationId": str(uuid.uuid4()),
            "Input": "{}",
        }
        body, _ = self._call("POST", "/start-durable-execution", json.dumps(request).encode(), {})
        return reading.text(reading.document(body, "the start").get("ExecutionArn"), "ExecutionArn")

    def describe(self, arn: str) -> Mapping[str, object]:
        """Return what the service says of an execution."""
        body, _ = self._call("GET", f"/2025-12-01/durable-executions/{quote(arn, safe='')}", b"", {})
        return reading.document(body, "an execution")

    def _call(
        self, method: str, path: str, body: bytes, more: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        for attempt in range(2):
            try:
                self._connection.request(method, path, body, {**self._headers, **more})
                response = self._connection.getresponse()
                answer = response.read().decode()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                self._connection.close()  # it was closed meanwhile
                if attempt:
                    raise
        if response.will_close:
            self._connection.close()
        if response.status >= 300:
            raise NotMeasured(
                f"{self._service.name}: {method} {path} is answered {response.status}: {answer}"
            )
        return answer, {name.lower(): value for name, value in response.getheaders()}


def service_name(function: str) -> str:
    """Return what a name of an execution begins with."""
    return function.replace("_", "-")


def start(service: Service, function: str, count: int) -> list[str]:
    """Start executions over a few connections; return their ARNs."""
    free: SimpleQueue[ServiceConnection] = SimpleQueue()
    for _ in range(AT_ONCE):
        free.put(ServiceConnection(service))

    def start_one(_number: int) -> str:
        connection = free.get()
        try:
            return connection.start(function)
        finally:
            free.put(connection)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(start_one, range(count)))


def run(service: Service, function: str, count: int) -> float:
    """Start executions at once; return how many came to their end a second, by the service's own times.

    Raises
    ------
    NotMeasured
        One failed, or does not end.
    """
    executions = _ended(service, start(service, function, count))
    first = min(_moment(execution, "StartTimestamp") for execution in executions)
    last = max(_moment(execution, "EndTimestamp") for execution in executions)
    return count / (last - first)


def checkpoints(service: Service, function: str, count: int) -> list[float]:
    """Run executions one after the other; return the milliseconds that each checkpoint took."""
    took: list[float] = []
    for _ in range(count):
        (execution,) = _ended(service, start(service, function, 1), look=0.01)
        result = reading.document(reading.text(execution.get("Result"), "Result"), "Result")
        seconds = reading.sequence(result.get("checkpoints"), "checkpoints")
        took += [_number(checkpoint, "a checkpoint") * 1000 for checkpoint in seconds]
    return took


def _ended(service: Service, arns: list[str], look: float = LOOK_SECONDS) -> list[Mapping[str, object]]:
    connection, until = ServiceConnection(service), time.monotonic() + PATIENCE
    ended: list[Mapping[str, object]] = []
    # The last one first: by its end most others have ended, and looking takes the service little.
    for arn in reversed(arns):
        while (execution := connection.describe(arn)).get("Status") == "RUNNING":
            if time.monotonic() > until:
                raise NotMeasured(f"{service.name}: {len(arns) - len(ended)} of {len(arns)} have not ended")
            time.sleep(look)
        if execution.get("Status") != "SUCCEEDED":
            raise NotMeasured(f"{service.name}: an execution ended so: {dict(execution)}")
        ended.append(execution)
    return ended


def _moment(execution: Mapping[str, object], name: str) -> float:
    return _number(execution.get(name), name)


def _number(value: object, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise reading.Unexpected(where, "a number", value)
    return float(value)
