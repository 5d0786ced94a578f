"""What the local cloud reports while it starts and runs."""
