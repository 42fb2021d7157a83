"""Where the project and the data beside it lie."""

from pathlib import Path

PROJECT = Path(__file__).parents[2]
REAL_LOGS = PROJECT.parent / "shared" / "real-logs"
GOOGLE_CASES = PROJECT.parent / "shared" / "data" / "google-robots-cases.json"
