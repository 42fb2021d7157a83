"""Read lines of the NCSA formats in loops that numba compiles: the same as in arrays, faster."""
