"""Experiments: optimizers compared with each other, each trained and measured in the same way."""
