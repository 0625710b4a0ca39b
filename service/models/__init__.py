"""The served model: loading, identity and compiled fits."""
