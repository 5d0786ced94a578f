"""What importing works out anew in each process, and need not: patterns and dataclasses' methods.

Of a start's processor time a sixth went by there. Python keeps compiled modules in files; this keeps what
modules compile while they are imported.
"""

from localcloud.importing.cache import VARIABLE, ImportCache, import_cache, imports_folder

__all__ = ["VARIABLE", "ImportCache", "import_cache", "imports_folder"]
