# A folder of gzip logs to GoAccess's report, as JSON.
# goaccess.sh FOLDER CORES REPORT
set -eu
find "$1" -name '*.gz' -exec zcat {} + |
    goaccess - --no-global-config --no-progress --log-format=COMBINED --output="$3.json"
mv "$3.json" "$3"
