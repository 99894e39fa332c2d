"""What a tree of accounts may come to over years: thousands of paths at once, in columns."""
