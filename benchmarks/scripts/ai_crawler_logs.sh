# A folder of gzip logs to the report of ai-crawler-logs, which reads a single stream.
# ai_crawler_logs.sh FOLDER CORES PYTHON
set -eu
find "$1" -name '*.gz' -exec zcat {} + | "$3" -m ai_crawler_logs --verify -
