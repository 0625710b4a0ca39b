"""The service: the only place that knows HTTP. Imports `model`; nothing imports this package."""
