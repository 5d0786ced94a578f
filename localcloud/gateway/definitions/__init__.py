"""Definitions of APIs as plain values, independent of their source."""
