"""A generative model of body pose: what poses people take, to draw from and to score with."""
