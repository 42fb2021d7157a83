# A folder of gzip logs to nothing: decompression alone, the limit.
# limit.sh FOLDER CORES DECOMPRESSOR [ARGUMENT...]
set -eu
folder=$1 cores=$2
shift 2
find "$folder" -name '*.gz' -print0 | xargs -0 -n 1 -P "$cores" "$@" -dc > /dev/null
