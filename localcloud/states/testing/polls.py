"""What Step Functions asks a service for while it waits for a job: the API that a mock is held to."""

from __future__ import annotations

from typing import Final

from localcloud.states.integrations.table import Integration

# By service and action of the resource: botocore's name of the service, and the operation.
_POLLS: Final[dict[str, tuple[str, str]]] = {
    "athena:startQueryExecution": ("athena", "GetQueryExecution"),
    "batch:submitJob": ("batch", "DescribeJobs"),
    "bedrock:createModelCustomizationJob": ("bedrock", "GetModelCustomizationJob"),
    "codebuild:retryBuildBatch": ("codebuild", "BatchGetBuildBatches"),
    "codebuild:startBuild": ("codebuild", "BatchGetBuilds"),
    "codebuild:startBuildBatch": ("codebuild", "BatchGetBuildBatches"),
    "databrew:startJobRun": ("databrew", "DescribeJobRun"),
    "ecs:runTask": ("ecs", "DescribeTasks"),
    "eks:createCluster": ("eks", "DescribeCluster"),
    "eks:createFargateProfile": ("eks", "DescribeFargateProfile"),
    "eks:createNodegroup": ("eks", "DescribeNodegroup"),
    "eks:deleteCluster": ("eks", "DescribeCluster"),
    "eks:deleteFargateProfile": ("eks", "DescribeFargateProfile"),
    "eks:deleteNodegroup": ("eks", "DescribeNodegroup"),
    "elasticmapreduce:addStep": ("emr", "DescribeStep"),
    "elasticmapreduce:createCluster": ("emr", "DescribeCluster"),
    "elasticmapreduce:terminateCluster": ("emr", "DescribeCluster"),
    "emr-containers:deleteVirtualCluster": ("emr-containers", "DescribeVirtualCluster"),
    "emr-containers:startJobRun": ("emr-containers", "DescribeJobRun"),
    "emr-serverless:cancelJobRun": ("emr-serverless", "GetJobRun"),
    "emr-serverless:createApplication": ("emr-serverless", "GetApplication"),
    "emr-serverless:deleteApplication": ("emr-serverless", "GetApplication"),
    "emr-serverless:startApplication": ("emr-serverless", "GetApplication"),
    "emr-serverless:startJobRun": ("emr-serverless", "GetJobRun"),
    "emr-serverless:stopApplication": ("emr-serverless", "GetApplication"),
    "glue:startJobRun": ("glue", "GetJobRun"),
    "mediaconvert:createJob": ("mediaconvert", "GetJob"),
    "sagemaker:createHyperParameterTuningJob": ("sagemaker", "DescribeHyperParameterTuningJob"),
    "sagemaker:createLabelingJob": ("sagemaker", "DescribeLabelingJob"),
    "sagemaker:createProcessingJob": ("sagemaker", "DescribeProcessingJob"),
    "sagemaker:createTrainingJob": ("sagemaker", "DescribeTrainingJob"),
    "sagemaker:createTransformJob": ("sagemaker", "DescribeTransformJob"),
    "states:startExecution": ("stepfunctions", "DescribeExecution"),
}
# Plain requests whose operation, or its service, has another name than the action.
_PLAIN: Final = {
    "bedrock:invokeModel": ("bedrock-runtime", "InvokeModel"),
    "elasticmapreduce:addStep": ("emr", "AddJobFlowSteps"),
    "elasticmapreduce:cancelStep": ("emr", "CancelSteps"),
    "elasticmapreduce:createCluster": ("emr", "RunJobFlow"),
    "elasticmapreduce:modifyInstanceFleetByName": ("emr", "ModifyInstanceFleet"),
    "elasticmapreduce:modifyInstanceGroupByName": ("emr", "ModifyInstanceGroups"),
    "elasticmapreduce:setClusterTerminationProtection": ("emr", "SetTerminationProtection"),
    "elasticmapreduce:terminateCluster": ("emr", "TerminateJobFlows"),
}
# AWS holds mocks of these to nothing.
_FREE: Final = frozenset({"http:invoke", "apigateway:invoke", "eks:call", "eks:runJob"})


def operation(target: Integration) -> tuple[str, str] | None:
    """Return the service and the operation whose answer a task's result is; None where it may be anything.

    A function's own ARN returns what the function does, and a token brings what its holder sends.

    Examples
    --------
    >>> from localcloud.states.integrations.table import integration
    >>> operation(integration("arn:aws:states:::states:startExecution.sync:2"))
    ('stepfunctions', 'DescribeExecution')
    >>> operation(integration("arn:aws:states:::sqs:sendMessage.waitForTaskToken"))
    """
    if target.kind != "service" or target.pattern == "WAIT_FOR_TASK_TOKEN":
        return None
    if not target.optimized:
        return target.service, target.operation
    action = f"{target.resource_type}:{target.resource_name.partition('.')[0]}"
    if action in _FREE:
        return None
    if target.pattern != "REQUEST_RESPONSE":
        return _POLLS.get(action)
    return _PLAIN.get(action, (target.service, target.operation))
