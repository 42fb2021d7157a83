"""Write rules for servers that keep robots out: choose what to block, and put it in their words."""
