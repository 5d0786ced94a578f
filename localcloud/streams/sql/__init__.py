"""SQL over objects of S3: Athena's API, answered by DuckDB in a process of its own.

``facade.py`` is what others use. The service reads statements, looks tables up in Glue's catalogue, copies
their objects into a temporary folder and has the worker (``worker/``) answer; nothing outside ``worker/``
imports DuckDB.
"""
