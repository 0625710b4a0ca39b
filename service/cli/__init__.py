"""The command line: `hmr serve | fit | train | evaluate | body | weights`."""
