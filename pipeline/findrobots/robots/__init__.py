"""Decide which requests count as requests for robots.txt."""
