# A folder of gzip logs to the report of agent-census, judged by a robots.txt, without network.
# agent_census.sh FOLDER CORES PYTHON ROBOTS_TXT
set -eu
find "$1" -name '*.gz' -print0 | sort -z | xargs -0 "$3" -m agent_census analyze --no-persist \
    --log-format-preset combined --no-verify-bots --no-fetch-ranges --robots-file "$4" --md
