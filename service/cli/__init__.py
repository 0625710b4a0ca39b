"""The command line: `hmr serve | fit | doctor | train | evaluate | body | weights`."""
