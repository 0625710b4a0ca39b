"""Import of motion files into pose libraries: read, checked, thinned, without duplicates."""
