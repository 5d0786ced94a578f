"""Policies of AWS's own that the engine does not bring, and that SAM attaches by itself."""

from __future__ import annotations

from typing import Final

from localcloud.engine.patching import Record

# https://docs.aws.amazon.com/lambda/latest/dg/durable-security.html
_DURABLE: Final[Record] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
                *("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"),
            ],
            "Resource": "*",
        }
    ],
}
SHIPPED: Final[dict[str, Record]] = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy": _DURABLE
}
"""By their ARNs."""
