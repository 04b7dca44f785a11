#!/usr/bin/env bash
# tests/run.sh [--full] [arguments of ctest]: installs what is missing, builds, runs the tests.
#
# With arguments (say, -R matmul) it is ctest on the `dev` build and nothing else. Without any it also checks the
# formatting, and runs one conformance shape per kernel and the parsers' fuzz targets under the address and
# undefined-behaviour sanitizers, the processor's kernels for the baseline's instructions. --full adds what is slow:
# tests labelled `full`, the thread sanitizer, clang-tidy over everything, and in place of those every test that is fit
# for it under the sanitizers, AVX-512 included.
# Every step runs, whatever failed before it; the exit code is 1 if one failed. Warnings are errors.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

full=
if [[ ${1:-} == --full ]]; then
  full=1
  shift
elif [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
fi
only_ctest=
if (($# > 0)); then only_ctest=1; fi

jobs=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
parallel=(-j "$jobs")
slow=(-LE full)
if [[ -n $full ]]; then slow=(); fi
for argument in "$@"; do
  case $argument in
    -j* | --parallel*) parallel=() ;;
    -L | -LE | --label*) slow=() ;; # the caller chooses by label
  esac
done

failed=()
closings=()
log=$(mktemp "${TMPDIR:-/tmp}/assay-tests.XXXXXX")
trap 'rm -f "$log"' EXIT

step() { # NAME COMMAND…: runs it, notes a failure
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@" 2>&1 </dev/null | tee "$log"; then
    printf '== %s: ok, %s s\n' "$name" "$((SECONDS - start))"
  else
    printf '== %s: FAILED, %s s\n' "$name" "$((SECONDS - start))"
    failed+=("$name")
    return 0
  fi
}

tests() { # NAME CTEST-ARGUMENTS…: a step whose closing line is repeated at the end
  local name=$1 closing
  shift
  step "$name" ctest --no-tests=error ${parallel[@]+"${parallel[@]}"} "$@"
  closing=$(grep -E '^[0-9]+% tests passed' "$log" || true)
  closings+=("$name: ${closing:-no test ran}")
}

# build PRESET [TARGET]: false if that failed
build() {
  local before=${#failed[@]} target=${2:-}
  step "build $1" bench/build.sh "$1" ${target:+"$target"}
  ((${#failed[@]} == before))
}

sources() { # null-separated: every source file of ours
  find kernels backends bench tests -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.c' -o -name '*.h' \) -print0
}

formatting() { sources | xargs -0 "$clang_format" --dry-run -Werror; }

tidy() { # over the files that the dev build compiles
  # Without the precompiled headers: clang-tidy would parse, and check, all of them again for every file.
  # GCC's own warning flags in the compile commands are no mistakes of the sources.
  mkdir -p build/dev/tidy
  sed 's/ -include [^ ]*cmake_pch\.hxx//' build/dev/compile_commands.json >build/dev/tidy/compile_commands.json
  sources | tr '\0' '\n' | grep '\.cpp$' | while read -r file; do
    if grep -qF "/$file\"" build/dev/compile_commands.json; then printf '%s\0' "$file"; fi
  done | xargs -0 -n 1 -P "$jobs" "$clang_tidy" -p build/dev/tidy --quiet --extra-arg=-Wno-unknown-warning-option
}

missing_tool() { # NAME: says that a check is left out; in CI that is a failure
  printf '\n== %s 19 is not installed here: its check is left out\n' "$1"
  if [[ -n ${CI:-} ]]; then failed+=("no $1"); fi
}

bench/setup.sh test
# What is here may not be missing for a test: it fails then, instead of being skipped.
ASSAY_TEST_EXPECT=$(bench/setup.sh expect)
export ASSAY_TEST_EXPECT
clang_format=$(tests/clang_tool.sh clang-format) || clang_format=
clang_tidy=$(tests/clang_tool.sh clang-tidy) || clang_tidy=

if [[ -z $only_ctest ]]; then
  if [[ -n $clang_format ]]; then step "formatting" formatting; else missing_tool clang-format; fi

  if [[ -n $full ]]; then
    if build asan sanitize_tests; then tests "sanitizers" --preset asan; fi
  elif build asan-quick sanitize_quick; then
    tests "sanitizers" --test-dir build/asan-quick --output-on-failure -LE full -R '^(Sanitize|OnednnSanitize|fuzz)\.'
  fi
fi

if [[ -n $full && -z $only_ctest ]]; then
  if build tsan tsan_tests; then tests "thread sanitizer" --preset tsan; fi
fi

if build dev; then
  if [[ -n $full && -z $only_ctest ]]; then
    if [[ -n $clang_tidy ]]; then step "clang-tidy" tidy; else missing_tool clang-tidy; fi
  fi
  # Last, so that its closing line is the last of ctest's.
  tests "tests" --test-dir build/dev --output-on-failure ${slow[@]+"${slow[@]}"} "$@"
fi

printf '\n'
for closing in ${closings[@]+"${closings[@]}"}; do printf '%s\n' "$closing"; done
if ((${#failed[@]} > 0)); then
  printf 'FAILED:'
  printf ' [%s]' "${failed[@]}"
  printf '\n'
  exit 1
fi
