"""The page at `/` for people: HTML, scripts and style, and what npm's packages are bundled into."""
