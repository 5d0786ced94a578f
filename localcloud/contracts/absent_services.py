"""AWS's services that only stand-ins would need: nothing here answers for them.

MiniStack would answer some of their calls: from a record of its own, which has nothing to do with the
stand-ins, or by Docker.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

CODE: Final = "UnknownOperationException"
"""The code of the error that a call of such a service gets."""


class AbsentService(NamedTuple):
    """A service that nothing here answers for."""

    scope: str
    """Its name in signatures."""
    names: tuple[str, ...]
    """botocore's names of what is signed so."""
    formations: tuple[str, ...]
    """CloudFormation's names of the services whose resources it is asked about."""
    reason: str


_DATABASE: Final = "there is no database server here"
_SEARCH: Final = "there is no search engine here"
_CONTAINERS: Final = "no containers run here"
_MODELS: Final = "no models run here"
_BROKER: Final = "there is no such broker here"
_CACHE: Final = "there is no cache server here"
_FILES: Final = "there is no shared file system here"
_BALANCED: Final = "nothing is balanced here"
_FLINK: Final = "KinesisAnalytics KinesisAnalyticsV2"

ABSENT: Final = tuple(
    AbsentService(scope, tuple(names.split()), tuple(formations.split()), reason)
    for scope, names, formations, reason in (
        ("rds", "rds neptune docdb", "RDS Neptune DocDB", _DATABASE),
        ("rds-data", "rds-data", "RDS", _DATABASE),
        ("neptune-db", "neptunedata", "Neptune", "there is no graph database here"),
        ("neptune-graph", "neptune-graph", "NeptuneGraph", "there is no graph database here"),
        ("dsql", "dsql", "DSQL", _DATABASE),
        ("redshift", "redshift", "Redshift", _DATABASE),
        ("redshift-data", "redshift-data", "Redshift", _DATABASE),
        ("redshift-serverless", "redshift-serverless", "RedshiftServerless", _DATABASE),
        ("cassandra", "keyspaces", "Cassandra", _DATABASE),
        ("timestream", "timestream-write timestream-query", "Timestream", _DATABASE),
        ("timestream-influxdb", "timestream-influxdb", "Timestream", _DATABASE),
        ("es", "es opensearch", "Elasticsearch OpenSearchService", _SEARCH),
        ("aoss", "opensearchserverless", "OpenSearchServerless", _SEARCH),
        ("kendra", "kendra", "Kendra", _SEARCH),
        ("ecs", "ecs", "ECS", _CONTAINERS),
        ("eks", "eks", "EKS", _CONTAINERS),
        ("batch", "batch", "Batch", _CONTAINERS),
        ("apprunner", "apprunner", "AppRunner", _CONTAINERS),
        ("codebuild", "codebuild", "CodeBuild", "nothing is built here"),
        ("codepipeline", "codepipeline", "CodePipeline", "nothing is built here"),
        ("elasticache", "elasticache", "ElastiCache", _CACHE),
        ("memorydb", "memorydb", "MemoryDB", _CACHE),
        ("dax", "dax", "DAX", _CACHE),
        ("elasticfilesystem", "efs", "EFS", _FILES),
        ("fsx", "fsx", "FSx", _FILES),
        ("elasticloadbalancing", "elb elbv2", "ElasticLoadBalancing ElasticLoadBalancingV2", _BALANCED),
        ("autoscaling", "autoscaling", "AutoScaling", "no virtual machines run here"),
        ("elasticmapreduce", "emr", "EMR", "no clusters run here"),
        ("emr-serverless", "emr-serverless", "EMRServerless", "no clusters run here"),
        ("emr-containers", "emr-containers", "EMRContainers", "no clusters run here"),
        ("airflow", "mwaa", "MWAA", "no workflows of Airflow run here"),
        ("databrew", "databrew", "DataBrew", "no jobs of DataBrew run here"),
        ("transfer", "transfer", "Transfer", "no files are transferred here"),
        ("mq", "mq", "AmazonMQ", _BROKER),
        ("kafka", "kafka", "MSK", _BROKER),
        ("kinesisanalytics", "kinesisanalytics kinesisanalyticsv2", _FLINK, "no Flink runs here"),
        ("sagemaker", "sagemaker sagemaker-runtime", "SageMaker", _MODELS),
        ("bedrock", "bedrock bedrock-runtime bedrock-agent bedrock-agent-runtime", "Bedrock", _MODELS),
        ("bedrock-agentcore", "bedrock-agentcore bedrock-agentcore-control", "BedrockAgentCore", _MODELS),
    )
)
BY_SCOPE: Final = {service.scope: service for service in ABSENT}
BY_NAME: Final = {name: service for service in ABSENT for name in service.names}


def refusal_of_service(service: AbsentService, stand_ins: Iterable[str] = ()) -> str:
    """Return the sentence with which a call of a service is refused.

    Parameters
    ----------
    stand_ins
        The resources that the service would be asked about.

    Examples
    --------
    >>> refusal_of_service(BY_NAME["kendra"], ["Index"])
    'the local cloud does not serve kendra: there is no search engine here (stand-ins: Index)'
    """
    named = ", ".join(stand_ins)
    sentence = f"the local cloud does not serve {service.scope}: {service.reason}"
    return f"{sentence} (stand-ins: {named})" if named else sentence
