"""What clients send and get, as pydantic models with units and examples. Needs no torch."""
