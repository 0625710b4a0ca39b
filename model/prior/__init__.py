"""A generative model of body poses, which draws and scores them."""
