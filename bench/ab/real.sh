#!/usr/bin/env bash
# real.sh [aa|planted|selftest]… [-- PROGRAM]: what comparisons are worth on this machine, measured for real. The machine
# should have nothing else to do. Without a word all three, one after the other:
#
#   aa        200 small cases, this build against itself, at most 30 minutes, 16 expected where a block takes 0.2 s
#             (20 x 200 to screen, 50 each to confirm the 10 that look slower by chance): no case may be called slower
#             (on one thread: with a team as large as the machine, every other process stops the whole team)
#   planted   the same 200 with 5 % planted in 10 of them and 10 % in 10 others, at most 30 minutes, 20 expected: at
#             least 9 of each 10 must be found, and nothing else called slower
#   selftest  the smoke suite with 0, 1, 3 and 10 % planted, 20 minutes
#
# Each writes results/ab/WORD.json and WORD.txt, the latter beginning with the machine and the command. Exit code 1 if
# one of them did not hold, 3 if the machine was too disturbed to say.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root"

# Every twentieth case of the suite, shifted: each kernel and dtype gets some of both.
plants_5=(
  matmul/dtype:f32/m:1/n:192/k:192/cache:hot
  matmul/dtype:f32/m:16/n:512/k:64/cache:hot
  matmul/dtype:f32/m:128/n:192/k:512/cache:hot
  matmul/dtype:bf16/m:4/n:64/k:192/cache:hot
  matmul/dtype:bf16/m:64/n:512/k:512/cache:hot
  matmul/dtype:s8/m:16/n:192/k:64/cache:hot
  matmul/dtype:s8/m:128/n:512/k:256/cache:hot
  attention/dtype:f32/batch:1/heads:4/kv_heads:4/q:16/kv:256/d:64/cache:hot
  attention/dtype:bf16/batch:1/heads:8/kv_heads:2/q:32/kv:128/d:128/cache:hot
  attention/dtype:f32/batch:1/heads:4/kv_heads:4/q:96/kv:96/d:64/causal:1/cache:hot
)
plants_10=(
  matmul/dtype:f32/m:4/n:512/k:512/cache:hot
  matmul/dtype:f32/m:64/n:64/k:192/cache:hot
  matmul/dtype:f32/m:16/n:192/k:512/cache:hot
  matmul/dtype:bf16/m:1/n:512/k:192/cache:hot
  matmul/dtype:bf16/m:128/n:192/k:192/cache:hot
  matmul/dtype:s8/m:1/n:512/k:256/cache:hot
  matmul/dtype:s8/m:64/n:64/k:256/cache:hot
  attention/dtype:f32/batch:1/heads:4/kv_heads:4/q:1/kv:128/d:64/cache:hot
  attention/dtype:bf16/batch:1/heads:4/kv_heads:4/q:64/kv:128/d:64/cache:hot
  attention/dtype:bf16/batch:1/heads:6/kv_heads:3/q:17/kv:200/d:80/cache:hot
)

any_of() { # names as one expression
  local IFS='|'
  printf '%s' "$*"
}

words=()
program=build/release/bin/assay
while (($# > 0)); do
  case $1 in
    aa | planted | selftest) words+=("$1") ;;
    --)
      program=${2:?a program}
      shift
      ;;
    *)
      sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
      exit 64
      ;;
  esac
  shift
done
((${#words[@]} > 0)) || words=(aa planted selftest)
if [[ $program == build/release/bin/assay ]]; then bench/build.sh release assay; fi
mkdir -p results/ab

worst=0
measure() { # WORD COMMAND…
  local word=$1 code=0 text=results/ab/$1.txt
  shift
  {
    date -u +%Y-%m-%dT%H:%M:%SZ
    "$program" --version
    lscpu | sed -n 's/^Model name: */processor: /p; s/^CPU(s): */logical processors: /p'
    printf 'assay'
    printf ' %q' "${@:2}"
    printf '\n\n'
  } >"$text"
  printf '== %s: %s\n' "$word" "$(date +%T)" >&2
  "$@" --out "results/ab/$word.json" >>"$text" || code=$?
  printf '\nexit code %s after %s s\n' "$code" "$SECONDS" >>"$text"
  tail -n 3 "$text"
  if ((code > worst)); then worst=$code; fi
  SECONDS=0
}

for word in "${words[@]}"; do
  SECONDS=0
  case $word in
    aa) measure aa "$program" ab --suite small-200 --device onednn --threads 1 --budget 30m ;;
    planted)
      measure planted "$program" selftest --suite small-200 --device onednn --threads 1 --budget 30m \
        --plant "5% $(any_of "${plants_5[@]}")" --plant "10% $(any_of "${plants_10[@]}")"
      ;;
    selftest) measure selftest "$program" selftest --device onednn --threads 1 --budget 20m ;;
  esac
done
exit "$worst"
