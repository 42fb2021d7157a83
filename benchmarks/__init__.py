"""Logs of several sizes to a comparison of findrobots with its peers."""
