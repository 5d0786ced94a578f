"""The command line ``orderwire``, built on the client library."""
