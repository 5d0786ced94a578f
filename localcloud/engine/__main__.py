"""``python -m localcloud.engine [--check | --early]``."""

from __future__ import annotations

import os
import sys

from localcloud.importing import import_cache

if __name__ == "__main__":
    import_cache("engine").install()

    from localcloud.engine.command import main

    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # MiniStack's own threads may sit in waits that a normal exit would join.
    os._exit(code)
