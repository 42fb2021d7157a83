"""Read a stored log: its text, its lines that contain a path, and its status."""
