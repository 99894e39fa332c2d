"""An account's state for Prometheus."""
