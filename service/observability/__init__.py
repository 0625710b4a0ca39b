"""Metrics, logs and request IDs."""
