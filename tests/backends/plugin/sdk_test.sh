#!/usr/bin/env bash
# sdk_test.sh BUILD-FOLDER: installs the program and what authors of backends get into a fresh folder, builds the example
# and the template with it and nothing else, the template under a name of its own as its README says, and has the
# installed program check both for conformance.
set -euo pipefail

build=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-sdk.XXXXXX")
trap 'rm -rf "$work"' EXIT

for component in assay sdk; do
  cmake --install "$build" --component "$component" --prefix "$work/prefix" >/dev/null
done
share=$work/prefix/share/assay

# The page for vendors finds what it links to.
for link in $(grep -o '](\([a-z-]*\))' "$share/plugins.md" | tr -d '])('); do
  [[ -e $share/$link ]] || {
    echo "plugins.md links to $link, which isn't installed beside it" >&2
    exit 1
  }
done

cp -r "$share/example-threads" "$share/template" "$work"
cd "$work/template"
sed -i s/mychip/yourchip/g CMakeLists.txt mychip.cpp
mv mychip.cpp yourchip.cpp
cd "$work"

for name in example-threads template; do
  cmake -G Ninja -S "$name" -B "$name/build" -D CMAKE_PREFIX_PATH="$work/prefix"
  cmake --build "$name/build"
  plugin=("$work/$name/build/"*.so)
  # One symbol is for others, whatever the libraries inside hold.
  exported=$(nm -D --defined-only "${plugin[0]}" | awk '$2 ~ /[TDBR]/ { print $3 }')
  [[ $exported == assay_plugin_entry ]] || {
    echo "$name exports: $exported" >&2
    exit 1
  }
  "$work/prefix/libexec/assay" conformance --plugin "${plugin[0]}"
done
