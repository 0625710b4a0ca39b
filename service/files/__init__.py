"""Local fits of files without a server: plan, ledger, batches, report."""
