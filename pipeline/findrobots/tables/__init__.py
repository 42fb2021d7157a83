"""Turn requests into host tables; store, merge and update the tables."""
