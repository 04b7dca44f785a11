#!/usr/bin/env bash
# bench/build.sh PRESET [TARGET…]: configures build/PRESET where that hasn't been done, and builds. Prints to stderr,
# and nothing where everything is up to date. A configuration that fails leaves no build folder behind.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1
shift
dir=build/$preset

fail() {
  printf 'assay build: failed: %s\nassay build: the same command can be repeated\n' "$1" >&2
  exit 70
}

# A folder that was configured for another checkout (copied or moved with it) is of no use, nor is one that an
# interrupted configuration left: its build.ninja is written last.
if [[ -e $dir/CMakeCache.txt ]]; then
  home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$dir/CMakeCache.txt")
  if [[ $home != "$(pwd -P)" && $home != "$PWD" ]] || [[ ! -e $dir/build.ninja ]]; then rm -rf "$dir"; fi
fi

if [[ ! -e $dir/build.ninja ]]; then
  trap 'rm -rf "$dir"' INT TERM HUP
  if ! cmake --preset "$preset" >&2; then
    rm -rf "$dir"
    fail "configuring (cmake --preset $preset)"
  fi
  trap - INT TERM HUP
fi

# Asking first costs little and keeps "no work to do" from the output.
if [[ $(ninja -C "$dir" -n "$@" 2>&1) == *"no work to do"* ]]; then exit 0; fi
jobs=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
cmake --build "$dir" -j "$jobs" ${1+--target "$@"} >&2 || fail "building (cmake --build $dir)"
