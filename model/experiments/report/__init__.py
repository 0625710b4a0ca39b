"""The page of results: tables, figures and a section for each experiment."""
