"""Commands of the offline jobs: bodies, data, training, evaluation, experiments."""
