"""A running engine, the stand-ins around it, and the short ways in which tests use them."""

from __future__ import annotations

import functools
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from localcloud.network.ports import bind
from tests.engine.artefacts import archive
from tests.engine.feed_reader import FeedReader
from tests.engine.patience import SECONDS, patience
from tests.engine.standins import ControlStandIn, LambdaStandIn
from tests.engine.template import Engine, template

ROOT = Path(__file__).parents[2]
ACCOUNT = "000000000000"
FUNCTION_URLS = "http://127.0.0.1:9"
REGION = "us-east-1"
SECRET = "secret"
IOT_ENDPOINT = "127.0.0.1:19997"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(condition: Callable[[], Any], timeout: float | None = None) -> Any:
    """Return the condition's first true value."""
    deadline = time.monotonic() + (timeout or patience())
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError("the condition never came true")
        time.sleep(pause)
        pause = min(1.25 * pause, 0.05)  # what takes long is looked at seldom


@functools.cache
def _client(service: str, endpoint: str) -> Any:
    """Return a client: an engine that is started again, at the same port, has that of the one before."""
    session: Any = boto3.session.Session(
        aws_access_key_id=ACCOUNT, aws_secret_access_key=SECRET, region_name=REGION
    )
    config = Config(
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
        # StartSyncExecution would go to the host sync-127.0.0.1.
        inject_host_prefix=False,
    )
    return session.client(service, endpoint_url=endpoint, config=config)


class World:
    """One engine process with its neighbours.

    Parameters
    ----------
    forked
        Whether it is forked from a template that has imported everything: not where its start is tested.
    """

    def __init__(
        self,
        *,
        without: str = "",
        data: Path | None = None,
        port: int = 0,
        short_ways: bool = True,
        forked: bool = True,
    ) -> None:
        self.lambdas = LambdaStandIn()
        self.control = ControlStandIn()
        # Handed on, not let go: another process may take a port that nobody holds.
        bound = bind(port)
        self.port: int = bound.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._clients: dict[str, Any] = {}
        self._names = 0
        # No pipe: nobody reads it while the engine runs, and it would hold the engine up once it is full.
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the engine
        environment = {
            "PATH": os.environ["PATH"],
            "LOCALCLOUD_ENGINE_PORT": str(self.port),
            "LOCALCLOUD_ACCOUNT": ACCOUNT,
            "LOCALCLOUD_REGION": REGION,
            "LOCALCLOUD_SECRET": SECRET,
            "LOCALCLOUD_PYTHON": sys.executable,
            "LOCALCLOUD_LAMBDA_URL": self.lambdas.url,
            "LOCALCLOUD_CONTROL_URL": self.control.url,
            "LOCALCLOUD_FUNCTION_URLS": FUNCTION_URLS,
            "LOCALCLOUD_IOT_ENDPOINT": IOT_ENDPOINT,
            "LOCALCLOUD_WITHOUT_MEND": without,
            "LOCALCLOUD_SHORT_WAYS": str(int(short_ways)),
            "LOCALCLOUD_IAM": "warn",
            **({"LOCALCLOUD_DATA": str(data)} if data else {}),
        }
        self.process: Engine | subprocess.Popen[bytes]
        if forked:
            self.process = template().fork(environment, self._printed.fileno(), bound.fileno())
        else:
            self.process = subprocess.Popen(
                [str(ROOT / ".venv-engine/bin/python"), "-m", "localcloud.engine"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=self._printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(bound.fileno(),),
                env={**environment, "LOCALCLOUD_ENGINE_SOCKET": str(bound.fileno())},
            )
        bound.close()
        try:
            # A busy machine takes its time.
            wait_until(self._ready, SECONDS)
        except BaseException:
            self.close()
            raise
        self.start_seconds = self._processor_seconds()

    def _processor_seconds(self) -> float:
        """Return what the process has used of the processor, however busy the machine is."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the engine ended: {self.printed().decode()}")
        try:
            return self.get("/_localcloud/ready") == (200, b'{"ok":true}')
        except OSError:
            return False

    def printed(self) -> bytes:
        """Return what the engine has printed so far."""
        # Its place in the file is shared with the engine, which goes on writing there.
        return os.pread(self._printed.fileno(), os.fstat(self._printed.fileno()).st_size, 0)

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send a request that no SDK would write so."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = _client(service, self.endpoint)
        return self._clients[service]

    def name(self, prefix: str) -> str:
        """Return a name that no other test uses."""
        self._names += 1
        return f"{prefix}-{self._names}"

    def deploy(
        self,
        resources: dict[str, Any],
        outputs: dict[str, Any] | None = None,
        stack: str = "",
        transform: str = "",
    ) -> Deployed:
        """Create (or update) a stack and wait for its end."""
        cloudformation = self.client("cloudformation")
        template: dict[str, Any] = {"Resources": resources}
        if transform:
            template["Transform"] = transform
        if outputs:
            template["Outputs"] = {name: {"Value": value} for name, value in outputs.items()}
        arguments = {
            "TemplateBody": json.dumps(template),
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        if stack:
            cloudformation.update_stack(StackName=stack, **arguments)
        else:
            stack = self.name("stack")
            cloudformation.create_stack(StackName=stack, **arguments)

        def ended() -> Any:
            described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
            return None if described["StackStatus"].endswith("_IN_PROGRESS") else described

        return Deployed(stack, wait_until(ended), cloudformation)

    def put(self, key: str, body: bytes) -> str:
        """Store an object; return its s3:// address."""
        s3 = self.client("s3")
        if not any(bucket["Name"] == "artefacts" for bucket in s3.list_buckets()["Buckets"]):
            s3.create_bucket(Bucket="artefacts")
        s3.put_object(Bucket="artefacts", Key=key, Body=body)
        return f"s3://artefacts/{key}"

    def function(self, handler: Callable[[Any], Any], **properties: Any) -> str:
        """Make a function that the stand-in answers; return its name."""
        name = self.name("function")
        self.lambdas.functions[name] = handler
        self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=f"arn:aws:iam::{ACCOUNT}:role/any",
            Handler="a.b",
            Code={"ZipFile": archive({"a.py": "def b(event, context): ..."})},
            **properties,
        )
        return name

    def machine(self, states: dict[str, Any], *, express: bool = False, **fields: Any) -> str:
        """Make a state machine from its states, the first being the start; return its ARN."""
        role = fields.pop("role", f"arn:aws:iam::{ACCOUNT}:role/any")
        definition = {"StartAt": next(iter(states)), "States": states, **fields}
        arn: str = self.client("stepfunctions").create_state_machine(
            name=self.name("machine"),
            definition=json.dumps(definition),
            roleArn=role,
            type="EXPRESS" if express else "STANDARD",
        )["stateMachineArn"]
        return arn

    def run(self, states: dict[str, Any], document: Any = None, **fields: Any) -> dict[str, Any]:
        """Execute states; return the finished execution's description, its output parsed."""
        arn = self.start(self.machine(states, **fields), document)
        return self.finished(arn)

    def start(self, machine: str, document: Any = None, **arguments: Any) -> str:
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps(document or {}), **arguments
        )
        arn: str = started["executionArn"]
        return arn

    def finished(self, arn: str, timeout: float | None = None) -> dict[str, Any]:
        def look() -> Any:
            described = self.client("stepfunctions").describe_execution(executionArn=arn)
            return None if described["status"] == "RUNNING" else described

        described: dict[str, Any] = wait_until(look, timeout)
        if "output" in described:
            described["output"] = json.loads(described["output"])
        return described

    @contextmanager
    def feed(self) -> Iterator[FeedReader]:
        reader = FeedReader(self.port)
        try:
            yield reader
        finally:
            reader.close()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._printed.close()
        self.lambdas.close()
        self.control.close()


class Deployed:
    """A stack as it ended."""

    def __init__(self, name: str, described: dict[str, Any], cloudformation: Any) -> None:
        self.name = name
        self.status: str = described["StackStatus"]
        self.outputs = {out["OutputKey"]: out["OutputValue"] for out in described.get("Outputs", [])}
        self._cloudformation = cloudformation

    def reasons(self) -> list[str]:
        """Why resources failed, newest first."""
        events = self._cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            event.get("ResourceStatusReason", "") for event in events if "FAILED" in event["ResourceStatus"]
        ]

    def physical_ids(self) -> dict[str, str]:
        resources = self._cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}

    def delete(self) -> None:
        self._cloudformation.delete_stack(StackName=self.name)

        def gone() -> bool:
            stacks = self._cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
            return any(stack["StackName"] == self.name for stack in stacks)

        wait_until(gone)
