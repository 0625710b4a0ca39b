"""Reports of a training run: its log, pace, plots and TensorBoard files."""
