"""`hmr bench`: how long a fit takes on this machine."""


def bench() -> None:
    """Placeholder."""
