"""From templates on disk to stacks in the engine: what is deployed, in which order, with which parameters."""
