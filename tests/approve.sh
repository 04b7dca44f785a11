#!/usr/bin/env bash
# Accepts what the golden tests of a build received as the new approved files.
#   tests/approve.sh [BUILD_FOLDER]     (default: every folder below build/)
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
accepted=0
for folder in ${1:-build/*}; do
  for received in "$folder"/tests/bench/received/*; do
    approved=tests/bench/golden/$(basename "$received")
    diff -u --label "$approved (old)" --label "$approved (new)" \
      "$([[ -e $approved ]] && echo "$approved" || echo /dev/null)" "$received" || true
    mv "$received" "$approved"
    accepted=$((accepted + 1))
  done
done
echo "approved: $accepted" >&2
