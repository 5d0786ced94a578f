"""``python -m localcloud``."""

import gc
import sys

from localcloud.cli import main

# A thread that computes (boto3's, when it reads a stream) keeps the event loop from running for as long
# as this; Python's 5 ms are most of what a change's way to its subscriber takes.
sys.setswitchinterval(0.0005)
# What is imported stays. A full collection that need not look at it stops everybody for some 15 ms, not 40.
gc.freeze()
sys.exit(main())
