"""``python -m clients``: the command line ``orderwire``."""

import sys

from clients.cli.main import main

sys.exit(main())
