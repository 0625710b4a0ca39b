"""Requests and answers as pydantic models with units and examples. Needs no torch."""
