"""What becomes of a resource type here: served, accepted without effect, created as a stand-in, or refused.

``check`` and the start both ask this, and ``docs/resources.md`` is a print of it.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from localcloud.contracts.accepted_types import ACCEPTED
from localcloud.contracts.registry import WITHOUT_STAND_IN, stand_in_types
from localcloud.contracts.stand_ins import CONSEQUENCE
from localcloud.contracts.supported import HONOURED
from localcloud.stack.unserved import is_custom

_SAM: Final = "AWS::Serverless::"
SERVED_OF_SAM: Final = frozenset(
    f"{_SAM}{name}"
    for name in (
        *("Function", "Api", "HttpApi", "WebSocketApi", "StateMachine", "SimpleTable", "LayerVersion"),
        *("GraphQLApi", "Application", "Connector"),
    )
)
# Why a whole service, or a kind of resource, is not here: the longest beginning counts.
REASONS: Final[dict[str, str]] = {
    "AWS::Serverless::": "SAM has it, and the local cloud has nothing to run it on",
    "AWS::CloudFormation::Macro": "macros run in AWS's own account",
    "AWS::CloudFormation::WaitCondition": "no signal is waited for",
    "AWS::SecretsManager::SecretTargetAttachment": "there is no database whose address the secret would get",
    "AWS::Lambda::MicrovmImage": "no virtual machines run here",
    "AWS::Lambda::CapacityProvider": "managed instances do not run here",
    "AWS::Lambda::NetworkConnector": "there is no network to connect",
    "AWS::Lambda::WebFunction": "Lambda Web Functions are not served",
    "AWS::Lambda::ResourcePolicy": "name AWS::Lambda::Permission instead",
    "AWS::EventsV2::": "stored events of EventBridge are not served: name AWS::Events::EventBus instead",
    "AWS::EC2::": "no virtual machines run here",
    "AWS::AutoScaling::": "no virtual machines run here",
    "AWS::ImageBuilder::": "no virtual machines run here",
    "AWS::Cloud9::": "no virtual machines run here",
    "AWS::ECS::": "no containers run here",
    "AWS::EKS::": "no containers run here",
    "AWS::Batch::": "no containers run here",
    "AWS::AppRunner::": "no containers run here",
    "AWS::ElasticLoadBalancingV2::": "nothing is balanced here",
    "AWS::VpcLattice::": "nothing is balanced here",
    "AWS::ApiGateway::VpcLink": "there is no network to link to",
    "AWS::ApiGatewayV2::VpcLink": "there is no network to link to",
    "AWS::RDS::": "there is no relational database here",
    "AWS::DSQL::": "there is no relational database here",
    "AWS::DocDB::": "there is no document database here",
    "AWS::Neptune::": "there is no graph database here",
    "AWS::Timestream::": "there is no database of time series here",
    "AWS::QLDB::": "AWS itself has ended it",
    "AWS::KinesisAnalytics::": "AWS itself has ended it",
    "AWS::ElastiCache::": "there is no cache server here",
    "AWS::MemoryDB::": "there is no cache server here",
    "AWS::OpenSearchServerless::": "there is no search engine here",
    "AWS::OpenSearchService::": "there is no search engine here",
    "AWS::Elasticsearch::": "there is no search engine here",
    "AWS::Kendra::": "there is no search engine here",
    "AWS::MSK::": "there is no Kafka here",
    "AWS::AmazonMQ::": "there is no broker of MQ here",
    "AWS::EFS::": "there is no shared file system here",
    "AWS::S3Files::": "there is no shared file system here",
    "AWS::SageMaker::": "no models run here",
    "AWS::Bedrock::": "no models run here",
    "AWS::BedrockAgentCore::": "no models run here",
    "AWS::Synthetics::": "nothing runs canaries",
    "AWS::ACMPCA::": "there is no certificate authority here",
    "AWS::Transfer::": "no files are transferred here",
    "AWS::CodeBuild::": "nothing is built here",
    "AWS::CodePipeline::": "nothing is built here",
    "AWS::CodeCommit::": "nothing is built here",
    "AWS::Amplify::": "nothing is built here",
    "AWS::Glue::": "no jobs and crawlers run here",
}


class TypeVerdict(Enum):
    """What becomes of a type."""

    SERVED = "served"
    ACCEPTED = "accepted without effect"
    STAND_IN = "a stand-in"
    REFUSED = "refused"


class Judgement(NamedTuple):
    """A verdict, and the reason for it where it is not ``SERVED``; a refused type may have none."""

    verdict: TypeVerdict
    reason: str = ""


def judge(kind: str) -> Judgement:
    """Return what becomes of a resource type; an unknown one is refused.

    Examples
    --------
    >>> judge("AWS::SQS::Queue").verdict
    <TypeVerdict.SERVED: 'served'>
    >>> judge("AWS::WAFv2::WebACL")
    Judgement(verdict=<TypeVerdict.ACCEPTED: 'accepted without effect'>, reason='no request is filtered')
    >>> judge("AWS::ECS::Service")
    Judgement(verdict=<TypeVerdict.STAND_IN: 'a stand-in'>, reason='no containers run here')
    >>> judge("AWS::ECS::Servise").verdict
    <TypeVerdict.REFUSED: 'refused'>
    """
    if kind in HONOURED or kind in SERVED_OF_SAM or is_custom(kind):
        return Judgement(TypeVerdict.SERVED)
    if kind in ACCEPTED:
        return Judgement(TypeVerdict.ACCEPTED, ACCEPTED[kind])
    matching = [start for start in REASONS if kind.startswith(start)]
    reason = REASONS[max(matching, key=len)] if matching else ""
    if kind in stand_in_types():
        return Judgement(TypeVerdict.STAND_IN, reason or f"there is no {kind.split('::')[1]} here")
    return Judgement(TypeVerdict.REFUSED, reason if kind in WITHOUT_STAND_IN else _unregistered(kind))


def _unregistered(kind: str) -> str:
    if kind.startswith(_SAM):
        return REASONS[_SAM]
    return "AWS has no such type" if kind.startswith("AWS::") else ""


def refusal(kind: str) -> str | None:
    """Return the sentence that refuses a type; None for one that is taken.

    Examples
    --------
    >>> refusal("AWS::Batch::JobQeue")
    'AWS::Batch::JobQeue is not served by the local cloud: AWS has no such type'
    """
    verdict, reason = judge(kind)
    if verdict is not TypeVerdict.REFUSED:
        return None
    return f"{kind} is not served by the local cloud" + (f": {reason}" if reason else "")


def stand_in(kind: str) -> str | None:
    """Return the sentence that says what a stand-in is; None for a type that is none.

    Examples
    --------
    >>> stand_in("AWS::Batch::JobQueue")
    'AWS::Batch::JobQueue: no containers run here; it is created as a stand-in, and calls to it fail'
    """
    verdict, reason = judge(kind)
    return f"{kind}: {reason}; {CONSEQUENCE}" if verdict is TypeVerdict.STAND_IN else None
