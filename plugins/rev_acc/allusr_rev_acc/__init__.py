"""Revenue sleeve: 30-35 delta on NVDA and TSLA, 3-5 DTE."""
