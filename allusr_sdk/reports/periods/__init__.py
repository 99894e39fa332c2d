"""Reports of a week, a month or a quarter: one set of facts, and its renderings (JSON, CSV, HTML, PDF, words)."""
