#!/usr/bin/env bash
# compare.sh BASE HEAD [arguments of `assay ab`…]: the performance job of any CI service. BASE and HEAD are checkouts of
# assay, or programs; both are built where need be, and measured side by side.
#
# Leaves in the folder it is started in
#   assay.xml   JUnit, for the service's table of tests
#   assay.md    a line and at most ten rows, for a comment on the change
#   assay.json  everything, to look into later
# and ends with `assay ab`'s exit code: 0 pass, 1 regression, 3 the machine was too disturbed to say, 4 a wrong result,
# 6 a case failed. Where a disturbed machine must not fail the job, `compare.sh … || (($? == 3))`.
set -euo pipefail

(($# >= 2)) || {
  sed -n '2s/^# //p' "$0" >&2
  exit 64
}
base=$1
head=$2
shift 2
(($# > 0)) || set -- --suite smoke --budget 10m

build_of() { # prints what `assay ab` takes as a build
  if [[ -d $1 && -x $1/bench/build.sh ]]; then
    "$1/bench/build.sh" release assay
    printf '%s\n' "$1/build/release"
  else
    printf '%s\n' "$1"
  fi
}
base=$(build_of "$base")
head=$(build_of "$head")
program=$head
for place in assay libexec/assay bin/assay; do
  if [[ -d $head && -x $head/$place ]]; then
    program=$head/$place
    break
  fi
done

exec "$program" ab --base "$base" --head "$head" --out assay.xml --out assay.md --out assay.json "$@"
