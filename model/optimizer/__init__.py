"""Optimizers of vectors: they know neither bodies nor cameras, and work in any dimension."""
