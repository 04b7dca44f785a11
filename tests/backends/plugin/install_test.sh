#!/usr/bin/env bash
# install_test.sh BUILD-FOLDER CORE [PROBLEM…]: installs everything into a fresh folder, moves it, and holds what lies there
# to its promises, in an environment of nothing but a home. CORE is the program without built-in devices, as
# ASSAY_BACKENDS_AS_PLUGINS builds it.
#
# - the installed program measures with its own module, from any folder
# - the backends that are usually built in conform as plugins from the prefix: on the PROBLEMs, or on all of the suite
set -euo pipefail

build=$1
core=$2
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
for component in assay plugins; do
  cmake --install "$build" --component "$component" --prefix "$work/first" >/dev/null
done
cp "$core" "$work/first/libexec/assay-core"
mv "$work/first" "$work/prefix"
mkdir "$work/home"
cd /
fresh() { env -i HOME="$work/home" PATH=/usr/bin:/bin "$@"; }

fresh "$work/prefix/libexec/assay" run 'matmul/dtype:f32/m:8/n:16/k:32/cache:hot@onednn:0' \
  --launches 1 --min-time 1ms --require-device onednn:0
for name in onednn opencl; do
  fresh "$work/prefix/libexec/assay-core" conformance --plugin "$work/prefix/lib/assay/libassay_$name.so" "$@"
done
