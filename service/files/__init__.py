"""Fitting files here, without a server: which, where to, what is done already, and many at a time."""
