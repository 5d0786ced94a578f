"""Encodings of AWS's protocols that no library here writes: CBOR, and streams of events."""
