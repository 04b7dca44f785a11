#!/usr/bin/env bash
# opencl_lost_test.sh PROGRAM DRIVER POCL: a device that is lost midway costs nothing but the cases that it was at. DRIVER
# is tests/backends/lost_driver.cpp. Exit status 77: PoCL isn't here.
set -euo pipefail

program=$1 driver=$2 pocl=$3
missing=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)/missing.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-lost.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() {
  echo "opencl_lost_test: $1" >&2
  cat "$work"/*.txt >&2 || true
  exit 1
}
export OCL_ICD_VENDORS=/nonexistent/ ASSAY_OPENCL_DRIVERS=$driver ASSAY_TEST_DRIVER=$pocl
"$program" devices 2>/dev/null | grep -q '^opencl:0.0 ' ||
  exec "$missing" pocl "no device of PoCL's behind the driver"

cases=(matmul/dtype:f32/m:32/n:64/k:64/cache:hot matmul/dtype:f32/m:33/n:64/k:64/cache:hot
  matmul/dtype:f32/m:34/n:64/k:64/cache:hot)
run() { # NAME EXIT-CODE: the cases in one launch
  local code=0
  "$program" run --device opencl:0.0 --launches 1 --min-time 20ms --no-ceilings --out "$work/$1.json" \
    "${cases[@]}" >"$work/$1.txt" 2>&1 || code=$?
  ((code == $2)) || fail "$1: exit code $code instead of $2"
}
count() { grep -c "\"status\": \"$2\"" "$work/$1.json" || true; }

# Once: the case is measured by another process, and nothing is missing.
ASSAY_TEST_LOSE_AFTER=40 ASSAY_TEST_LOSE_ONCE=$work/lost run once 0
[[ -e $work/lost ]] || fail "the device was never lost"
(($(count once ok) == 3)) || fail "once: not all cases were measured"

# In every process: each case says so, and the result is written.
ASSAY_TEST_LOSE_AFTER=0 run always 6
(($(count always failed) == 3)) || fail "always: not every case failed"
grep -q CL_OUT_OF_RESOURCES "$work/always.json" || fail "always: the reason isn't the driver's"
