"""The fit compiled ahead of time: two graphs for one body and one set of weights, kept in a cache folder."""
