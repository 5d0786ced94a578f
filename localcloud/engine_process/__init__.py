"""The AWS engine as a process of its own, in an environment of its own."""
