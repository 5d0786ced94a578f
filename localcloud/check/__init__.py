"""Mistakes in a template, found without running it: ``python -m localcloud check TEMPLATE``."""
