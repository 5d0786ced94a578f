"""Tests side by side: one process collects them all, and the workers are forked from it.

Collecting takes longer than most folders' tests, and a forked worker has it done already. So there can be
more workers than processors: tests wait for local clouds half of their time.
"""
