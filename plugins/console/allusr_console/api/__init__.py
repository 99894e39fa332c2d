"""The read API: GET only, typed, described by OpenAPI."""
