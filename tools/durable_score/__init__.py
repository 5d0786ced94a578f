"""The score of AWS's conformance suite for durable functions, measured on the local cloud."""
