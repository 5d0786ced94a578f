"""What AWS's protocols hold that no library here writes, or not so quickly: CBOR, event streams, ids."""
