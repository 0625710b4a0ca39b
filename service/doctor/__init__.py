"""Diagnosis of an installation, with a remedy for each problem."""
