"""The AWS engine: MiniStack, embedded, in a process and an environment of its own.

MiniStack pins libraries that the project's own cannot live with, so nothing here is imported by
the rest of ``localcloud``, nor imports it. ``python -m localcloud.engine`` serves it; the
environment (:mod:`localcloud.engine.settings`) is its only configuration.
"""
