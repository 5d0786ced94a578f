"""What ``make run`` shows: demo users, stock, and sample orders going through a running Orderwire.

It uses an administrator's credentials to make users and stock, which no client may, so it stands
apart from ``clients``, on which it is built.
"""
