"""Kinesis Data Streams: shards, records, readers, and what AWS answers about them.

=================  =============================================================================
``service``        answers operations; everything else is behind it
``operations``     the operations, a module for each group of them
``stream``         a stream: its shards, where a record goes, what retention takes away
``resharding``     split, merge and uniform scaling: parents close, children open
``shard``, ``log`` a shard and its records, kept compactly
``sequence``       sequence numbers, in AWS's form
``iterators``      shard iterators and tokens of lists
``limits``         how much a shard takes and gives per second
``consumers``      enhanced fan-out: registered consumers, subscriptions
``checking``       the members of a request, which ``members`` has the form of
``protocol``       JSON 1.1 and CBOR
``keeping``        what a journal holds of it
``declared``       what brings about a stream that a template declares
=================  =============================================================================

The package knows nothing of the process that it runs in; ``facade`` is what others import.

Sources: https://docs.aws.amazon.com/kinesis/latest/APIReference/ and, for limits,
https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
"""
