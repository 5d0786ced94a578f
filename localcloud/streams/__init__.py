"""Streams of records and their readers: Kinesis, Firehose, and SQL over what they wrote."""
