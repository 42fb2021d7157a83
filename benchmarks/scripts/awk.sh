# A folder of gzip logs to the hosts that asked for robots.txt, with zcat and awk.
# awk.sh FOLDER CORES AWK
set -eu
AWK=$3
export AWK
# shellcheck disable=SC2016 # the inner shell and awk expand these
find "$1" -name '*.gz' -print0 | xargs -0 -n 1 -P "$2" sh -c '
    zcat "$0" | "$AWK" "\$7 == \"/robots.txt\" && !seen[\$1]++ { print \$1 }"
' | sort -u
