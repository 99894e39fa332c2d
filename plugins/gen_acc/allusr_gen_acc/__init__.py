"""Generator sleeve: 40-45 delta cash-secured puts and covered calls, 0-1 DTE."""
