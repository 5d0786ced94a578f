"""``orderwire compare --replay FILE``: orders live as those of a real shop did, at a chosen speed.

``timelines`` reads the file, ``shop`` moves each order through its statuses at the file's times.
"""
