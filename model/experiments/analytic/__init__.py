"""Analytic problems: L-SR1 meta-trained and compared on functions with known minima."""
