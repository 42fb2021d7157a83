# A folder of gzip logs to the hosts that asked for robots.txt, with ripgrep.
# ripgrep.sh FOLDER CORES
set -eu
# shellcheck disable=SC2016 # $1 is ripgrep's own: the first group
rg --search-zip --no-filename --no-line-number --no-ignore --threads "$2" \
    --only-matching --replace '$1' '^(\S+) \S+ \S+ \S+ \S+ \S+ /robots\.txt ' "$1" | sort -u
