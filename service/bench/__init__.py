"""Times of fits on this machine, and the machine's limits."""
