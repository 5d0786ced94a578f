"""What APIs are, as plain values, whoever read them from wherever."""
