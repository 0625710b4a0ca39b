"""Fitting a human body to 2D keypoints: bodies, L-SR1, meta-training and evaluation. No HTTP."""
