"""EventBridge Scheduler: schedules come due on time, in their time zone, as CloudFormation declares them."""

from localcloud.engine.scheduler.adapter import install

__all__ = ["install"]
