"""The parameter store."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.ssm import SSM, ssm
from localcloud.engine.patching import Context, Function, Record, mend

PUBLISHED = "published by AWS"
"""The description of a parameter that stands for one that AWS publishes: the option ``--ssm`` writes it."""


@mend("ssm.published")
def _published(_context: Context) -> None:
    """Take parameters below ``/aws/`` that stand for those that AWS publishes, such as images' ids.

    Only AWS writes there, and MiniStack keeps to that: so what a template reads of it could not be
    named at all.
    """
    reserved = ssm.reserved_name_error
    published: list[str] = []

    @SSM.reserved_name_error.wrap
    def _(_before: Function) -> Function:
        return lambda name: None if name in published else reserved(name)

    @SSM.put_parameter.wrap
    def _(before: Function) -> Function:
        def put(data: Record) -> Any:
            published[:] = [data["Name"]] if data.get("Description") == PUBLISHED else []
            try:
                return before(data)
            finally:
                published.clear()

        return put
