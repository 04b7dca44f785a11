#!/usr/bin/env bash
# bench/setup.sh on a system that lacks everything, for a user who isn't root: stand-ins for apt and the rest.
#   setup_script_test.sh SOURCE_FOLDER
set -euo pipefail

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bench" "$root/tests" "$root/bin"
cp "$1/bench/setup.sh" "$root/bench/"
cp "$1/tests/clang_tool.sh" "$root/tests/"
for tool in bash cat cksum cut dirname env grep head id mkdir sed tail tr; do
  ln -s "$(command -v "$tool")" "$root/bin/$tool"
done
stand_in() { # NAME SCRIPT
  rm -f "$root/bin/$1"
  printf '#!/bin/sh\n%s\n' "$2" >"$root/bin/$1"
  chmod +x "$root/bin/$1"
}
stand_in id 'echo 1000'
stand_in apt-get 'exit 1'
stand_in dpkg 'exit 0'
# Debian 12's versions.
stand_in apt-cache 'case $2 in
  libdnnl-dev) version=2.6.3-1 ;; pocl-opencl-icd) version=3.1-3 ;; libhwy-dev) version=1.0.3-3 ;; oclgrind) exit 0 ;;
  *) version=1:99.0-1 ;;
esac
echo "  Candidate: $version"'

failures=0
setup() { # ARGUMENTS: its output and exit code, on that system only
  code=0
  env -i PATH="$root/bin" HOME="$root" "$@" "$root/bin/bash" "$root/bench/setup.sh" "$what" >"$root/said" 2>&1 || code=$?
}
says() { # TEXT
  if ! grep -qF -- "$1" "$root/said"; then
    echo "setup.sh $what doesn't say: $1"
    sed 's/^/    /' "$root/said"
    failures=$((failures + 1))
  fi
}
silent() { # TEXT
  if grep -qF -- "$1" "$root/said"; then
    echo "setup.sh $what says: $1"
    sed 's/^/    /' "$root/said"
    failures=$((failures + 1))
  fi
}

what=run
setup
[[ $code -eq 3 ]] || { echo "ended with $code, not 3"; failures=$((failures + 1)); }
says 'install: apt-get install g++ cmake'
says "too old in this system's release, take them from Debian 13 (trixie): libdnnl-dev libhwy-dev"
says "or run as root, which does all of this: $root/bench/setup.sh run"
grep 'install: ' "$root/said" >"$root/line"
if grep -q 'libdnnl-dev' "$root/line"; then
  echo "a package that is too old is to be installed"
  failures=$((failures + 1))
fi

# The formatter is of one version, whatever its name.
what=test
setup
says ' clang-format-19 '
stand_in clang-format 'echo "clang-format version 20.1.0"'
setup
says ' clang-format-19 '
stand_in clang-format 'echo "clang-format version 19.1.7"'
setup
silent ' clang-format-19 '

# What tests may rely on: what is here, and in CI what could be.
what=expect
setup
says 'clang-format'
silent 'gtest'
[[ $code -eq 0 ]] || { echo "expect ended with $code"; failures=$((failures + 1)); }
setup CI=1
says ',gtest'
says ',pocl'
silent 'oclgrind'
exit "$failures"
