"""Metrics: what was measured, kept for a while, and read as CloudWatch reads it."""
