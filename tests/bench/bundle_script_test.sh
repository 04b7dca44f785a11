#!/usr/bin/env bash
# bench/bundle.sh with stand-ins for CMake and ldd: libraries that can't be listed are no bundle without libraries.
#   bundle_script_test.sh SOURCE_FOLDER
set -euo pipefail

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bench" "$root/bin"
cp "$1/bench/bundle.sh" "$root/bench/"
cp "$1/LICENSE" "$root/"
cat >"$root/bin/cmake" <<'SCRIPT'
#!/bin/sh
mkdir -p "$6/libexec" "$6/lib/assay"
touch "$6/libexec/assay" "$6/lib/assay/libassay_x.so"
chmod +x "$6/libexec/assay"
SCRIPT
cat >"$root/bin/ldd" <<'SCRIPT'
#!/bin/sh
echo "$1:"
echo "	libc.so.6 => /lib/libc.so.6 (0x1)"
exit "$LDD"
SCRIPT
chmod +x "$root/bin"/*

code=0
LDD=1 PATH=$root/bin:$PATH "$root/bench/bundle.sh" build 1.0 >"$root/said" 2>&1 || code=$?
if [[ $code -ne 70 ]] || ! grep -q 'failed: ldd' "$root/said" || compgen -G "$root/dist/*" >/dev/null; then
  echo "without ldd it ended with $code"
  cat "$root/said"
  exit 1
fi
# And it isn't that it always fails there.
LDD=0 PATH=$root/bin:$PATH "$root/bench/bundle.sh" build 1.0 >"$root/said" 2>&1 || true
if grep -q 'failed: ldd' "$root/said"; then
  cat "$root/said"
  exit 1
fi
