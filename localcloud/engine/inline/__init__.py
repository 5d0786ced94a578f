"""What CloudFormation puts beside a function whose source stands in the template.

``cfn-response.js`` and ``cfnresponse.py`` are read as text, and run in functions alone.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Final

from localcloud.lambda_rules import node_version

_BESIDE: Final = {
    "js": ("cfn-response.js", re.compile(r"""["'`]cfn-response["'`]""")),
    "py": ("cfnresponse.py", re.compile(r"\bcfnresponse\b")),
}
# Artefacts must not differ by when they were made: the oldest time that a zip can hold.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def package_of(source: str, runtime: str) -> bytes:
    """Return the deployment package of a function's inline source.

    Its only file is ``index.js`` or ``index.py``, whatever the handler is called; the module that answers
    for custom resources is beside it where the source mentions it.

    Examples
    --------
    >>> zipfile.ZipFile(io.BytesIO(package_of("import cfnresponse", "python3.13"))).namelist()
    ['index.py', 'cfnresponse.py']
    """
    ending = "js" if node_version(runtime) else "py"
    beside, mention = _BESIDE[ending]
    files = {f"index.{ending}": source}
    if mention.search(source):
        files[beside] = Path(__file__).with_name(beside).read_text("utf-8")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
