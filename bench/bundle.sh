#!/usr/bin/env bash
# bench/bundle.sh BUILD-FOLDER VERSION: makes dist/assay-VERSION-linux-ARCH.tar.gz from an optimised build. It is what
# the target `bundle` runs.
#
# The bundle is a folder that works wherever it is unpacked, with everything that assay loads except glibc and the
# drivers of devices:
#   bin/assay            starts libexec/assay with the right libraries
#   libexec/assay        the program; its RPATH is ../lib, also for what those libraries load
#   lib/                 the libraries
#   lib/assay/           backends that the program loads
#   lib/compat/          libstdc++ and libgcc, used where the host's libstdc++ is older or missing
#   lib/fallback/        the OpenCL loader, used where the host has none: the host's knows the host's drivers
#   share/assay/suites/  the suites
#   share/doc/           licences
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$1
version=$2
name=assay-$version-linux-$(uname -m)
stage=$root/dist/$name

fail() {
  echo "assay bundle: failed: $1" >&2
  rm -rf "$stage" "$stage.tar.gz.part"
  exit 70
}

rm -rf "$stage"
mkdir -p "$stage"/{bin,libexec,lib/compat,lib/fallback,share/assay,share/doc/licences}

# Installing sets the RPATH.
cmake --install "$build" --component assay --prefix "$stage" >/dev/null || fail "cmake --install $build"
[[ -x $stage/libexec/assay ]] || fail "no libexec/assay was installed"

# --- libraries -----------------------------------------------------------------------------------------------------

licence_of() { # a library's file: its package's licence, where dpkg knows
  local package
  command -v dpkg >/dev/null || return 0
  # dpkg may know it by the name before /lib became /usr/lib.
  package=$(dpkg -S "$1" 2>/dev/null || dpkg -S "${1#/usr}" 2>/dev/null || true)
  package=${package%%:*}
  if [[ -n $package && -e /usr/share/doc/$package/copyright ]]; then
    cp -L "/usr/share/doc/$package/copyright" "$stage/share/doc/licences/$package.txt"
  fi
}

take() { # FILE SONAME FOLDER
  cp -L "$1" "$3/$2"
  chmod 644 "$3/$2"
  licence_of "$(readlink -f "$1")"
}

# What the program and its modules link, and what those libraries link, as this machine's loader finds it.
linked=$(find "$stage/libexec" "$stage/lib/assay" -type f -exec ldd {} +) || fail "ldd: not all libraries can be listed"
while read -r soname _ file _; do
  [[ $file == /* ]] || {
    [[ $soname == */* || $soname == linux-vdso* ]] || fail "$soname is not found on this machine"
    continue
  }
  case $soname in
    libc.so.* | libm.so.* | libmvec.so.* | libdl.so.* | librt.so.* | libpthread.so.* | libresolv.so.* | libutil.so.* | \
      libanl.so.* | ld-linux* | */ld-linux*) ;; # glibc
    libgcc_s.so.*) take "$file" "$soname" "$stage/lib/compat" ;;
    libstdc++.so.*)
      # Under its full name, from which the start script learns its version.
      take "$file" "$(basename "$(readlink -f "$file")")" "$stage/lib/compat"
      ln -s "$(basename "$(readlink -f "$file")")" "$stage/lib/compat/$soname"
      ;;
    *) take "$file" "$soname" "$stage/lib" ;;
  esac
done < <(printf '%s\n' "$linked" | grep -v ':$' | awk '!seen[$1]++')

# The OpenCL loader is opened at run time, so no list of dependencies names it.
loader=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | sed -n 's/^\tlibOpenCL\.so\.1 .*=> //p' | head -n 1)
[[ -n $loader ]] || fail "no libOpenCL.so.1 on this machine"
take "$loader" libOpenCL.so.1 "$stage/lib/fallback"

# So is CLBlast, whose backend is in the program wherever its headers were.
clblast=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | sed -n 's/^\tlibclblast\.so\.1 .*=> //p' | head -n 1)
if [[ -n $clblast ]]; then take "$clblast" libclblast.so.1 "$stage/lib"; fi

# --- the start script, the rest ------------------------------------------------------------------------------------

cat >"$stage/bin/assay" <<'START'
#!/bin/sh
# Starts assay with the libraries that were unpacked with it.
here=$0
while [ -L "$here" ]; do
  link=$(readlink "$here")
  case $link in /*) here=$link ;; *) here=$(dirname "$here")/$link ;; esac
done
root=$(cd "$(dirname "$here")/.." && pwd -P) || exit 70

# The host's libraries, as its loader lists them.
known=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || /usr/sbin/ldconfig -p 2>/dev/null)
path=

# libstdc++.so.6.0.N: a newer one serves programs of all older ones, so the newer of the two is used.
set -- "$root" "$@" # keeps the arguments while $1 is free
ours=$(ls "$root/lib/compat" | sed -n 's/^libstdc++\.so\.6\.0\.\([0-9]*\)$/\1/p')
host=0
file=$(printf '%s\n' "$known" | sed -n 's/.*libstdc++\.so\.6 .*x86-64.*=> //p; s/.*libstdc++\.so\.6 .*AArch64.*=> //p' | head -n 1)
if [ -n "$file" ]; then
  host=$(readlink -f "$file" | sed -n 's/.*libstdc++\.so\.6\.0\.\([0-9]*\)$/\1/p')
fi
if [ "${host:-0}" -lt "${ours:-0}" ]; then path=$root/lib/compat; fi

# An own OpenCL loader only where there is no other: the host's is made for its drivers.
case $known in
  *libOpenCL.so.1*) ;;
  *) path=${path:+$path:}$root/lib/fallback ;;
esac
shift

if [ -n "$path" ]; then
  LD_LIBRARY_PATH=$path${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export LD_LIBRARY_PATH
fi
exec "$root/libexec/assay" "$@"
START
chmod 755 "$stage/bin/assay"

if [[ -d $root/bench/suites ]]; then cp -R "$root/bench/suites" "$stage/share/assay/"; fi
cp "$root/LICENSE" "$stage/share/doc/"

# What glibc all of it needs: the highest version among its symbols.
glibc=$(find "$stage/libexec" "$stage/lib" -type f -exec grep -aoh 'GLIBC_2\.[0-9]*' {} + | sort -u -t . -k 2n | tail -n 1)
glibc=${glibc#GLIBC_}

cat >"$stage/README" <<EOF
assay $version for Linux on $(uname -m), glibc $glibc or newer.

    bin/assay devices                what it finds on this machine
    bin/assay run                    the default suite on every device, each answer checked
    bin/assay run --suite smoke      a quarter of a minute of it
    bin/assay --help

The folder can be moved anywhere. Libraries that assay uses are in lib/, their licences in share/doc/licences.
Drivers are the machine's own: for a GPU its OpenCL driver, for the CPU as an OpenCL device PoCL; cuBLASLt, to compare
with, comes with CUDA. Without any of them
assay still measures the CPU through oneDNN.
EOF

find "$stage" -exec touch -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" -h {} +
tar -C "$root/dist" --sort=name --owner=0 --group=0 --numeric-owner -czf "$stage.tar.gz.part" "$name" ||
  fail "packing $stage.tar.gz"
mv "$stage.tar.gz.part" "$stage.tar.gz"
rm -rf "$stage"
echo "dist/$name.tar.gz: $(du -h "$stage.tar.gz" | cut -f 1), needs glibc $glibc"
