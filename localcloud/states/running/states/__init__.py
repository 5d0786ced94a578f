"""The eight types of states, a module each."""
