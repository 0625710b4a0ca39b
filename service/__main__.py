"""`python -m service`: the same as `hmr`, without its script on the path."""

from service.cli.main import main

main()
