"""What each process would work out again while it imports: patterns and dataclasses' methods.

Of a start's processor time a sixth went by there. Python keeps compiled modules in files; this keeps what
modules compile while they are imported.
"""

from localcloud.importing.cache import (
    VARIABLE,
    ImportCache,
    code_digest,
    import_cache,
    imports_folder,
    remembered,
)
from localcloud.importing.garbage import all_stays

__all__ = [
    "VARIABLE",
    "ImportCache",
    "all_stays",
    "code_digest",
    "import_cache",
    "imports_folder",
    "remembered",
]
