"""Keeps a running stack at what its template and files say."""
