"""A read-only server for other assistants, by the Model Context Protocol."""
