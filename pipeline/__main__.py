"""``python -m pipeline`` to the command ``findrobots``."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
