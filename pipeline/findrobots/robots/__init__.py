"""Decide which requests count; name and verify robots; judge them by robots.txt."""
