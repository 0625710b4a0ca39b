"""Other people's motion files into the one format of pose libraries: read, checked, thinned, told apart."""
