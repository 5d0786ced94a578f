"""EventBridge Scheduler: schedules come due on time, in their time zone, as CloudFormation declares them."""

from localcloud.engine.scheduler.front import take_the_place

__all__ = ["take_the_place"]
