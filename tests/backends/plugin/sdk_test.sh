#!/usr/bin/env bash
# sdk_test.sh BUILD-FOLDER PROGRAM: installs what authors of backends get into a fresh folder, builds the example and the
# template with it and nothing else, and has both checked for conformance.
set -euo pipefail

build=$1
program=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-sdk.XXXXXX")
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --component sdk --prefix "$work/prefix" >/dev/null
for name in example-threads template; do
  cp -r "$work/prefix/share/assay/$name" "$work/$name"
  cmake -S "$work/$name" -B "$work/$name/build" -D CMAKE_PREFIX_PATH="$work/prefix"
  cmake --build "$work/$name/build"
  plugin=("$work/$name/build/"*.so)
  # One symbol is for others, whatever the libraries inside hold.
  exported=$(nm -D --defined-only "${plugin[0]}" | awk '$2 ~ /[TDBR]/ { print $3 }')
  [[ $exported == assay_plugin_entry ]] || {
    echo "$name exports: $exported" >&2
    exit 1
  }
  "$program" conformance --plugin "${plugin[0]}"
done
