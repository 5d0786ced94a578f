"""The process that runs DuckDB: it sees one temporary folder of this machine, and no network.

``python -m localcloud.streams.sql.worker FOLDER`` reads requests, a JSON document a line, from standard input
and writes answers to standard output. It ends with its input, and removes the folder.
"""
