"""What the test processes of this package share: questions by JSON lines, and starting, killing and waiting."""
