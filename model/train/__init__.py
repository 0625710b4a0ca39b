"""Meta-training: the offline job that makes the served weights."""
