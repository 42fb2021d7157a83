"""The pipeline script: ``python pipeline scan data/logs`` in a checkout."""

from findrobots.__main__ import main

if __name__ == "__main__":
    main()
