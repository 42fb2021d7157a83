"""Run the command: ``python -m findrobots``."""

from findrobots.cli.main import main

if __name__ == "__main__":
    main()
