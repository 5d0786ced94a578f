"""Firehose: takes records by its API or from a Kinesis stream, gathers them, and writes objects to S3.

``facade.py`` is what others use. A record goes this way::

    put ── backup ──────────────────────────────► objects as they came in
     └── unpack ── function ── split ── partition keys ── buffer ── Parquet or bytes ──► objects
              └───────┴──────────┴──────────┴─────────────────────┴──► error prefix
"""
