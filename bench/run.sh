#!/usr/bin/env bash
# bench/run.sh [arguments of `assay run`]: from a fresh checkout to checked numbers.
#
# Installs what is missing, configures, builds, then runs `assay run` with the arguments: with none, the default suite
# on every device found. Unless the arguments name a file, the result goes to results/local/<host>-<date>.json.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
"$root/bench/setup.sh" run
"$root/bench/build.sh" release assay

out=(--out "$root/results/local/$(uname -n)-$(date +%Y-%m-%dT%H%M%S).json")
for argument in "$@"; do
  case $argument in --out | --out=* | --benchmark_out | --benchmark_out=*) out=() ;; esac
done
mkdir -p "$root/results/local"

# No change of folder: paths in the arguments are the caller's.
exec "$root/build/release/bin/assay" run ${out[@]+"${out[@]}"} "$@"
