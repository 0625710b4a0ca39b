"""From the outcome of a fit to an answer and its bytes."""
