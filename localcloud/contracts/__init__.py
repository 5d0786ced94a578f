"""What two services agree on without importing each other."""
