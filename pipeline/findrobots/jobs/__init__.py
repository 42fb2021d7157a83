"""Do what one command or one library function does: scan, update, merge."""
