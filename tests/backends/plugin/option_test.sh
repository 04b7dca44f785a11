#!/usr/bin/env bash
# option_test.sh SOURCE-FOLDER: the one option ASSAY_BACKENDS_AS_PLUGINS takes the backends opencl and onednn out of the
# program and leaves them to plugins.
set -euo pipefail

source=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-option.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() {
  echo "option_test: $1" >&2
  exit 1
}

for value in ON OFF; do
  cmake -S "$source" -B "$work/$value" -G Ninja -D ASSAY_TESTS=OFF -D "ASSAY_BACKENDS_AS_PLUGINS=$value" >/dev/null
done
# How the list of backends is compiled, and with what of oneDNN's the program is linked. The code of opencl stays where
# the comparator clblast, which runs on its devices, is built.
commands() { ninja -C "$work/$1" -t commands bin/assay; }
for value in ON OFF; do
  [[ $value == ON ]] && number=1 || number=0
  commands "$value" | grep 'backends/list\.cpp' | grep -q "ASSAY_BACKENDS_AS_PLUGINS=$number" ||
    fail "the option $value doesn't reach the list of backends"
done
commands OFF | tail -n 1 | grep -q libassay_onednn || fail "onednn isn't in the usual program"
if commands ON | tail -n 1 | grep -q libassay_onednn; then fail "onednn is in the program all the same"; fi
for file in libassay_opencl.so libassay_onednn.so; do
  ninja -C "$work/ON" -t query "lib/assay/$file" >/dev/null || fail "no target makes $file"
done
