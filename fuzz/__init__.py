"""Bytes that a fuzzer makes up to what no bytes may do."""
