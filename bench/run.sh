#!/usr/bin/env bash
# bench/run.sh [arguments of `assay run`]: from a fresh checkout to checked numbers.
#
# Installs what is missing, configures, builds, then runs `assay run` with the arguments: with none, the default suite
# on every device found. Unless the arguments name a file, the result goes to results/local/<host>-<date>.json, and a
# report of it, one page that needs no network, to the same name with .html.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
"$root/bench/setup.sh" run
"$root/bench/build.sh" release assay

result="$root/results/local/$(uname -n)-$(date +%Y-%m-%dT%H%M%S).json"
out=(--out "$result")
for argument in "$@"; do
  case $argument in
    --out | --out=* | -o | -o=* | --benchmark_out | --benchmark_out=*) out=() ;;
    --help | -h | --list | --benchmark_list_tests*) out=() ;;
  esac
done
mkdir -p "$root/results/local"

# No change of folder: paths in the arguments are the caller's.
assay="$root/build/release/bin/assay"
if [[ ${#out[@]} -eq 0 ]]; then exec "$assay" run "$@"; fi
# What was measured before an interruption, or beside a case that failed, is reported as well. So a signal is the
# program's; this script waits until that has ended.
child= signalled=
pass_on() {
  signalled=1
  if [[ -n $child ]]; then kill -s "$1" "$child" 2>/dev/null || true; fi
}
trap 'pass_on INT' INT
trap 'pass_on TERM' TERM
trap 'pass_on HUP' HUP
# In the background bash would have it ignore Ctrl-C, and read nothing.
(
  trap - INT TERM HUP
  exec "$assay" run "${out[@]}" "$@"
) <&0 &
child=$!
code=0
while :; do
  signalled=
  ended=0
  wait "$child" || ended=$?
  # A signal ends the waiting, too: then it isn't the program's code. 127: that has been waited for before.
  if [[ $ended -ne 127 ]]; then code=$ended; fi
  if [[ -z $signalled ]]; then break; fi
done
child=
trap - INT TERM HUP
if [[ -s $result ]]; then
  page=${result%.json}.html
  if "$assay" report "$result" --out "$page"; then
    printf '\nreport: %s\n' "$page" >&2
  elif [[ $code -eq 0 ]]; then
    # As assay itself ends where a result couldn't be written.
    code=70
  fi
fi
exit "$code"
