"""Render an audit or a host table as one self-contained HTML page."""
