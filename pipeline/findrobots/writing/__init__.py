"""Write outputs atomically, one run at a time."""
