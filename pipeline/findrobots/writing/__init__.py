"""writing: see docs/architecture.md."""
