"""The results of the experiments on analytic problems as sections of the page, in markdown."""
