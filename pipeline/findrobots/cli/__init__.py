"""Run jobs from the command line and print what they return."""
