"""Readers of the licensed benchmarks: each turns files as published into an `EvaluationSet`."""
