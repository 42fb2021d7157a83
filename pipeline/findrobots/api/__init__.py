"""The library: the command's work as Python functions, with the command's own words."""
