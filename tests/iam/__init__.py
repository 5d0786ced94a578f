"""IAM's language and evaluation, held against an independent implementation."""
