"""robots: see docs/architecture.md."""
