"""What authors of plugins test with: markets by sentences, a sandbox, faults, golden journals, conformance checks."""
