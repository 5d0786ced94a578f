"""Streams of records and their readers: Kinesis."""
