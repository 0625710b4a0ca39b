"""The comparison of fitting methods: one body, one machine, one run, on data with truth."""
