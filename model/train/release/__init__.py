"""From finished runs to served weights: merging, validation, promotion and the model card."""
