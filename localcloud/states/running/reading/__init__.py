"""What an ItemReader reads: the formats of data sets."""
