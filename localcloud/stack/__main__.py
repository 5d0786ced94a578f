"""``python -m localcloud.stack``: deploy, destroy and read a stack, on AWS or on a local cloud."""

import sys

from localcloud.stack.command import main

if __name__ == "__main__":
    sys.exit(main())
