"""Frozen values: what the kernel, the plugins and the ledger say to each other."""
