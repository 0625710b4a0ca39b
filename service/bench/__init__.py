"""How long a fit takes on this machine, and what the machine can do."""
