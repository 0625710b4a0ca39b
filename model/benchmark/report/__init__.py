"""Tables, plots and confidence intervals of a comparison."""
