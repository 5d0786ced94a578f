"""Virtual environments from hashed lock files, and what is shown meanwhile. Standard library only."""
