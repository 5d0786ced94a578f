"""Lambda: functions whose source stands in the template."""

from __future__ import annotations

from localcloud.engine.inline import package_of
from localcloud.engine.ministack.provisioners import Provisioners
from localcloud.engine.patching import Context, mend


@mend("lambda.inline_code")
def inline_code_is_index(context: Context) -> None:
    """Put inline code into ``index.js`` or ``index.py``, beside the module that answers for custom resources.

    MiniStack names the file after the handler, so that a template starts here whose function finds no
    module on AWS; ``cfn-response`` and ``cfnresponse`` were in none.
    """

    def zipped(source: str | None, handler: str, runtime: str = "python3.12") -> bytes | None:
        return package_of(source, runtime) if source else None

    Provisioners.zip_inline.replace(zipped)
