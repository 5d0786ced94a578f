"""Stand-ins: resources that are created in name alone, since nothing here can run them.

Their identifiers and attributes have the form of AWS's, and their host names a mark, by which whatever is
asked of them is refused with their name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CONSEQUENCE: Final = "it is created as a stand-in, and calls to it fail"
ERROR_TYPE: Final = "StandInResource"
"""The type of the error that whatever uses a stand-in gets."""
_LABEL: Final = "stand-in"
_HOST: Final = re.compile(rf"([\w-]+)\.{_LABEL}\.[\w-]+\.([\w-]+)\.amazonaws\.com")
_SERVICES: Final = {
    "AmazonMQ": "mq",
    "ApplicationAutoScaling": "application-autoscaling",
    "BedrockAgentCore": "bedrock-agentcore",
    "CertificateManager": "acm",
    "DocDB": "rds",
    "EFS": "elasticfilesystem",
    "ElastiCache": "cache",
    "ElasticLoadBalancing": "elb",
    "ElasticLoadBalancingV2": "elb",
    "Elasticsearch": "es",
    "MSK": "kafka",
    "Neptune": "neptune",
    "OpenSearchServerless": "aoss",
    "OpenSearchService": "es",
    "StepFunctions": "states",
}
_IN_ARNS: Final = {"elb": "elasticloadbalancing", "cache": "elasticache", "neptune": "rds"}
_NOUNS: Final = {
    "DBCluster": "cluster:",
    "DBInstance": "db:",
    "DBProxy": "db-proxy:",
    "DBSubnetGroup": "subgrp:",
    "LoadBalancer": "loadbalancer/app/",
    "TaskDefinition": "task-definition/",
}
_PREFIXES: Final = {
    "AWS::EC2::Instance": "i-",
    "AWS::EC2::LaunchTemplate": "lt-",
    "AWS::EC2::NetworkInterface": "eni-",
    "AWS::EC2::Volume": "vol-",
    "AWS::EFS::AccessPoint": "fsap-",
    "AWS::EFS::FileSystem": "fs-",
    "AWS::EFS::MountTarget": "fsmt-",
}
_PORTS: Final = {
    "neptune": "8182",
    "cache": "6379",
    "kafka": "9092",
    "rds": "5432",
    "memorydb": "6379",
    "redshift": "5439",
}
# Of types whose Ref is no part of the identifier that the registry has.
_REFS: Final = {
    "AWS::Elasticsearch::Domain": ("DomainName",),
    "AWS::SecretsManager::SecretTargetAttachment": ("SecretId",),
}
_LOWER: Final = frozenset({"rds", "neptune", "cache", "memorydb", "redshift", "es", "aoss", "dax"})
_HOSTS: Final = ("endpoint", "address", "dnsname", "domain", "hostname", "host", "brokers")


def stand_in_of(host: str) -> str | None:
    """Return the name of the stand-in that a host name is of; None for any other host.

    Examples
    --------
    >>> stand_in_of("local-search-1f.stand-in.us-east-1.es.amazonaws.com")
    'local-search-1f'
    >>> stand_in_of("sqs.us-east-1.amazonaws.com")
    """
    match = _HOST.search(host.lower())
    return match[1] if match else None


def refusal_of(name: str) -> str:
    """Return the sentence with which a call to a stand-in is refused.

    Examples
    --------
    >>> refusal_of("local-Cluster-1F")
    'local-Cluster-1F is a stand-in: the local cloud created it in name alone, and nothing runs behind it'
    """
    return f"{name} is a stand-in: the local cloud created it in name alone, and nothing runs behind it"


@dataclass(frozen=True)
class StandIn:
    """What CloudFormation says of one.

    Attributes
    ----------
    name
        The physical name that CloudFormation would generate.
    values
        The properties, without intrinsic functions.
    identifier
        The properties that identify a resource of its type.
    """

    kind: str
    name: str
    values: Mapping[str, object]
    identifier: tuple[str, ...]
    region: str
    account: str

    @property
    def service(self) -> str:
        """The service, as host names have it."""
        name = self.kind.split("::")[1]
        return _SERVICES.get(name, name.lower())

    @property
    def ref(self) -> str:
        """The physical id.

        Examples
        --------
        >>> cluster = StandIn("AWS::ECS::Cluster", "n", {}, ("ClusterName",), "us-east-1", "000000000000")
        >>> cluster.ref, cluster.attribute("Arn")
        ('n', 'arn:aws:ecs:us-east-1:000000000000:cluster/n')
        """
        names = _REFS.get(self.kind, self.identifier)
        if names[0].endswith("Arn"):
            names = names[:1]
        return "|".join(str(self.attribute(name)) for name in names)

    def attribute(self, name: str) -> str | list[str]:
        """Return an attribute, in the form that its name promises."""
        value = self.values.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
        last = name.rpartition(".")[2].lower()
        if last.endswith(("arns", "ids", "ips", "endpoints")):
            return [self._formed(name[:-1], last[:-1])]
        return self._formed(name, last)

    def _formed(self, name: str, last: str) -> str:  # noqa: PLR0911 - one for each form
        if last == "secretarn":
            return self._arn("secretsmanager", f"secret:{self._plain}")
        if last.endswith("arn"):
            return self._own_arn()
        if last.endswith(("url", "uri")):
            return f"https://{self._host}/"
        if last.endswith(_HOSTS):
            return f"https://{self._host}" if self.service == "aoss" else self._host
        if last.endswith("port"):
            return _PORTS.get(self.service, "443")
        if last.endswith("ip"):
            return "192.0.2.1"  # an address that is nobody's
        if last.endswith("id"):
            return self._id(name)
        return self._plain

    @property
    def _plain(self) -> str:
        own = self.values.get(f"{self.kind.rpartition('::')[2]}Name", self.values.get("Name"))
        if isinstance(own, str):
            return own
        return self.name.lower() if self.service in _LOWER else self.name

    @property
    def _host(self) -> str:
        label = re.sub(r"[^a-z0-9-]+", "-", self._plain.lower()).strip("-")
        return f"{label or 'resource'}.{_LABEL}.{self.region}.{self.service}.amazonaws.com"

    def _own_arn(self) -> str:
        noun = self.kind.rpartition("::")[2]
        end = f"/{self._digest('arn')[:16]}" if self.service == "elb" else ""
        service = _IN_ARNS.get(self.service, self.service)
        return self._arn(service, f"{_NOUNS.get(noun, noun.lower() + '/')}{self._plain}{end}")

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def _id(self, name: str) -> str:
        prefix = _PREFIXES.get(self.kind, "")
        return prefix + self._digest(name)[: 17 if prefix else 10]

    def _digest(self, name: str) -> str:
        return hashlib.sha256(f"{self.name} {name}".encode()).hexdigest()
