#!/usr/bin/env bash
# examples_test.sh EXAMPLES PROGRAM: runs what bench/ab/examples/ shows, as far as that goes without a service: the
# commands of the workflow's steps are taken from the file itself.
set -euo pipefail

examples=$(cd "$1" && pwd -P)
program=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-examples.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  printf 'FAILED: %s\n' "$1" >&2
  exit 1
}
step() { # NAME: the commands of that step
  awk -v name="- name: $1" '
    index($0, "- ") > 0 && taking { exit }
    index($0, name) > 0 { found = 1 }
    found && $1 == "run:" { taking = 1; next }
    taking && !/^          / { exit }
    taking { print substr($0, 11) }' "$examples/github.yml"
}

# One tiny case whose head is three times slower: nobody can miss it, however busy the machine is.
small="'matmul/dtype:f32/m:8/n:8/k:8@reference:0' --budget 60s --block-time 1ms --screen-blocks 6 --keep-disturbed"
slower="--head-env ASSAY_DELAY=3"

mkdir -p base/bin head/bin head/bench/ab
ln -s "$program" base/bin/assay
ln -s "$program" head/bin/assay
ln -s "$examples" head/bench/ab/examples

compare=$(step Compare)
[[ $compare == *"--suite smoke --budget 10m"* ]] || fail "no step Compare: $compare"
code=0
bash -euo pipefail -c "${compare/--suite smoke --budget 10m/$small $slower}" >annotations || code=$?
((code == 1)) || fail "a slowdown ends with $code, not 1"
grep -q '^::error title=assay regression::matmul' annotations || fail "no annotation"
grep -q '<failure message=' assay.xml || fail "no failure in assay.xml"
grep -q '^| regression | matmul' assay.md || fail "no row in assay.md"
grep -q '"verdict": "regression"' assay.json || fail "no verdict in assay.json"

summary=$(step Summary)
[[ -n $summary ]] || fail "no step Summary"
GITHUB_STEP_SUMMARY=$work/summary bash -euo pipefail -c "$summary"
cmp -s summary assay.md || fail "the summary differs"

code=0
"$examples/compare.sh" >/dev/null 2>&1 || code=$?
((code == 64)) || fail "no arguments end with $code, not 64"
code=0
"$examples/compare.sh" base nowhere 2>error || code=$?
((code == 127 || code == 126 || code == 6 || code == 5)) || fail "a missing build ends with $code"
