"""CloudFormation's nested stacks."""

from __future__ import annotations

from localcloud.engine.patching import Context, mend, replace_handlers, verbs_of


@mend("cloudformation.nested")
def _nested(_context: Context) -> None:
    """Deploy a nested stack as any other: with rollback, exports, transforms, events and policies.

    MiniStack goes through a nested stack's resources in a short way of its own. That forgets the attributes
    of what an update leaves alone, so that outputs and references break; it takes nothing back where a
    resource fails, applies no transform, exports nothing, ignores ``DeletionPolicy`` on deletion, and deletes
    what an update removes before it is known whether the stack above will be rolled back.
    """
    from localcloud.engine.formation.nested import NestedStacks  # noqa: PLC0415

    nested = NestedStacks()
    nested.clean_up_with_the_root()
    nested.describe_the_parents()
    stack = "AWS::CloudFormation::Stack"
    replace_handlers(stack, create=nested.create, update=nested.update, delete=nested.delete)
    verbs_of(stack)["update_with_logical_id"] = True
