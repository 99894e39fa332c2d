"""In what a report is written."""

FORMATS = ("html", "pdf", "json", "csv")
