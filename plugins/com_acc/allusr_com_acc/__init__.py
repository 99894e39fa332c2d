"""Compounding sleeve: 20-25 delta covered calls on the Mag-7."""
