"""The queue and the worker that runs batches of fits on the device."""
