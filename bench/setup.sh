#!/usr/bin/env bash
# bench/setup.sh run|test|expect: makes sure that what assay needs is on this machine, and installs what is missing with apt.
#
#   run    what `bench/run.sh` needs: to build assay and to have a device to measure
#   test   that, and what `tests/run.sh` needs
#   expect installs nothing: names, with commas, what tests may rely on: all that is here; in CI also what isn't, but
#          which this system has a package of
#
# It looks for the things themselves (commands, headers and their versions), not for the name of a distribution, and
# does nothing where nothing is missing. Where it can't install, it names the packages and stops.
#   exit codes: 0 all there, 3 something needed is missing and can't be installed from here, 70 a step failed
#   ASSAY_YES=1 asks no questions; ASSAY_ALLOW_REMOVALS=1 (implied by CI) lets apt remove programs that conflict with
#   what is wanted: Mesa's OpenCL from Debian 13 and gdb or perf from Debian 12 do
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
set_name=${1:-run}
case $set_name in run | test | expect) ;; *)
  echo "assay set-up: unknown set '$set_name', it is 'run', 'test' or 'expect'" >&2
  exit 64
  ;;
esac

# The newer Debian that has what an older one lacks, and the two files that make it a source of last resort.
newer=trixie
newer_source=/etc/apt/sources.list.d/assay-$newer.sources
newer_pin=/etc/apt/preferences.d/assay-$newer

# name | set | level | at least | Debian and Ubuntu | Fedora | Arch | Homebrew
# `needed`: nothing works without it. `wanted`: a device or a test less, which is said once.
things() {
  cat <<'TABLE'
compiler    |run |needed|12  |g++                |gcc-c++            |gcc          |llvm
cmake       |run |needed|3.25|cmake              |cmake              |cmake        |cmake
ninja       |run |needed|1.10|ninja-build        |ninja-build        |ninja        |ninja
pkg-config  |run |needed|0.29|pkg-config         |pkgconf-pkg-config |pkgconf      |pkgconf
oneDNN      |run |needed|3.7 |libdnnl-dev        |onednn-devel       |onednn       |onednn
benchmark   |run |needed|0   |libbenchmark-dev   |google-benchmark-devel|benchmark |google-benchmark
fmt         |run |needed|9.1 |libfmt-dev         |fmt-devel          |fmt          |fmt
CLI11       |run |needed|2.1 |libcli11-dev       |cli11-devel        |cli11        |cli11
json        |run |needed|3.11|nlohmann-json3-dev |json-devel         |nlohmann-json|nlohmann-json
toml++      |run |needed|3.3 |libtomlplusplus-dev|tomlplusplus-devel |tomlplusplus |tomlplusplus
hwloc       |run |needed|2.9 |libhwloc-dev       |hwloc-devel        |hwloc        |hwloc
highway     |run |needed|1.2 |libhwy-dev         |highway-devel      |highway      |highway
Boost.Math  |run |needed|1.74|libboost-math-dev  |boost-devel        |boost        |boost
cl-headers  |run |needed|0   |opencl-headers     |opencl-headers     |opencl-headers|opencl-headers
cl-loader   |run |needed|0   |ocl-icd-libopencl1 |ocl-icd            |ocl-icd      |opencl-icd-loader
cl-device   |run |wanted|5   |pocl-opencl-icd    |pocl               |pocl         |pocl
clblast     |run |wanted|0   |libclblast-dev     |clblast-devel      |clblast      |clblast
cuda-headers|run |wanted|0   |-                  |-                  |cuda         |-
pocl        |test|wanted|5   |pocl-opencl-icd    |pocl               |pocl         |pocl
openblas    |test|wanted|0.3 |libopenblas0-pthread|openblas          |openblas     |openblas
rusticl     |test|wanted|24  |mesa-opencl-icd    |mesa-libOpenCL     |opencl-mesa  |-
oclgrind    |test|wanted|0   |oclgrind           |oclgrind           |-            |oclgrind
gtest       |test|needed|0   |libgtest-dev       |gtest-devel        |gtest        |googletest
gmock       |test|needed|0   |libgmock-dev       |gmock-devel        |gtest        |googletest
python      |test|needed|3   |python3            |python3            |python       |python
compare.py  |test|wanted|0   |libbenchmark-tools |google-benchmark   |benchmark    |google-benchmark
scipy       |test|wanted|0   |python3-scipy      |python3-scipy      |python-scipy |scipy
clang-format|test|wanted|19  |clang-format-19    |clang-tools-extra  |clang        |llvm@19
clang-tidy  |test|wanted|19  |clang-tidy-19      |clang-tools-extra  |clang        |llvm@19
chromium    |test|wanted|0   |chromium           |chromium           |chromium     |-
jsonschema  |test|wanted|0   |python3-jsonschema |python3-jsonschema |python-jsonschema|-
locales     |test|wanted|0   |locales            |glibc-locale-source|-            |-
TABLE
}

say() { printf 'assay set-up: %s\n' "$*" >&2; }

# fail STEP [LOG]: names the step, shows the end of what it printed.
fail() {
  say "failed: $1"
  if [[ -n ${2:-} && -s $2 ]]; then tail -n 15 "$2" | sed 's/^/    /' >&2; fi
  say "nothing is left half done; the same command can be repeated"
  exit 70
}

# at_least HAVE WANT: dotted numbers, without sort -V, which not every system has.
at_least() {
  local IFS=. i have want
  read -r -a have <<<"$1"
  read -r -a want <<<"$2"
  for i in 0 1 2; do
    local h=${have[i]:-0} w=${want[i]:-0}
    h=${h%%[^0-9]*} w=${w%%[^0-9]*}
    if ((10#${h:-0} != 10#${w:-0})); then
      ((10#${h:-0} > 10#${w:-0}))
      return
    fi
  done
}

trim() { # the value of the variable $1 without the spaces around it
  local value=${!1}
  value=${value#"${value%%[! ]*}"}
  printf -v "$1" %s "${value%"${value##*[! ]}"}"
}

# --- looking -------------------------------------------------------------------------------------------------------

# One run of the preprocessor answers for all headers, with the compiler's own search path: lines `@name 1 . 2`.
look_at_headers() {
  local cxx
  cxx=$(compiler) || return 0
  "$cxx" -x c++ -std=c++20 -E -P - 2>/dev/null <<'PROBE' | sed -n 's/^@//p' | tr -d '"' || true
#if __has_include(<oneapi/dnnl/dnnl_version.h>)
#include <oneapi/dnnl/dnnl_version.h>
@oneDNN DNNL_VERSION_MAJOR.DNNL_VERSION_MINOR
#endif
#if __has_include(<fmt/base.h>)
#include <fmt/base.h>
@fmt_number FMT_VERSION
#elif __has_include(<fmt/core.h>)
#include <fmt/core.h>
@fmt_number FMT_VERSION
#endif
#if __has_include(<CLI/Version.hpp>)
#include <CLI/Version.hpp>
@CLI11 CLI11_VERSION
#endif
#if __has_include(<nlohmann/detail/abi_macros.hpp>)
#include <nlohmann/detail/abi_macros.hpp>
@json NLOHMANN_JSON_VERSION_MAJOR.NLOHMANN_JSON_VERSION_MINOR
#endif
#if __has_include(<toml++/impl/version.hpp>)
#include <toml++/impl/version.hpp>
@toml++ TOML_LIB_MAJOR.TOML_LIB_MINOR
#elif __has_include(<toml++/impl/version.h>)
#include <toml++/impl/version.h>
@toml++ TOML_LIB_MAJOR.TOML_LIB_MINOR
#endif
#if __has_include(<hwloc/autogen/config.h>)
#include <hwloc/autogen/config.h>
@hwloc HWLOC_VERSION_MAJOR.HWLOC_VERSION_MINOR
#endif
#if __has_include(<hwy/base.h>)
#include <hwy/base.h>
@highway HWY_MAJOR.HWY_MINOR
#endif
#if __has_include(<boost/math/distributions/students_t.hpp>)
#include <boost/version.hpp>
@boost_number BOOST_VERSION
#endif
#if __has_include(<benchmark/benchmark.h>)
@benchmark 1
#endif
#if __has_include(<CL/cl.h>)
@cl-headers 1
#endif
#if __has_include(<clblast_c.h>)
@clblast 1
#endif
#if __has_include(<gtest/gtest.h>)
@gtest 1
#endif
#if __has_include(<gmock/gmock.h>)
@gmock 1
#endif
PROBE
}

# A header's version from `headers`, the lines of look_at_headers.
header() {
  local line name=$1
  while read -r line; do
    if [[ ${line%% *} == "$name" ]]; then
      line=${line#"$name"}
      printf '%s\n' "${line//[ U]/}"
      return
    fi
  done <<<"$headers"
  return 1
}

compiler() {
  if [[ -n ${CXX:-} ]]; then
    command -v "$CXX"
  else
    command -v c++ || command -v g++ || command -v clang++
  fi
}

# first_number COMMAND...: the first dotted number that it prints
first_number() {
  local out
  out=$("$@" 2>/dev/null) || return 1
  [[ $out =~ [0-9]+(\.[0-9]+)+ ]] && printf '%s\n' "${BASH_REMATCH[0]}"
}

loader_knows() { # a shared library's name: in the loader's cache?
  local cache
  cache=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null) || return 1
  [[ $cache == *"$1"* ]]
}

any_file() { # does one of these patterns match?
  local pattern
  for pattern in "$@"; do
    compgen -G "$pattern" >/dev/null && return
  done
  return 1
}

# Prints the version of a thing (1 where only its presence can be told); fails where it is absent.
version_of() {
  local number
  case $1 in
    compiler) number=$("$(compiler)" -dumpversion 2>/dev/null) && {
      # Apple's and LLVM's numbers run apart from GCC's: what counts there is C++20, which CMake checks.
      if "$(compiler)" --version 2>/dev/null | grep -q clang; then number=99; fi
      echo "$number"
    } ;;
    cmake | pkg-config) first_number "$1" --version ;;
    ninja) first_number ninja --version ;;
    python) first_number python3 --version ;;
    fmt) number=$(header fmt_number) && echo "$((number / 10000)).$((number / 100 % 100))" ;;
    Boost.Math) number=$(header boost_number) && echo "$((number / 100000)).$((number / 100 % 1000))" ;;
    cl-loader) { loader_knows libOpenCL.so.1 || [[ -d /System/Library/Frameworks/OpenCL.framework ]]; } && echo 1 ;;
    # Any registered vendor will do, except Mesa's: its two list no device unless asked to.
    cl-device)
      if [[ -n ${OCL_ICD_VENDORS:-}${OCL_ICD_FILENAMES:-} ]] || loader_knows libnvidia-opencl.so.1; then
        echo 99
        return
      fi
      local icd
      for icd in /etc/OpenCL/vendors/*.icd; do
        case $icd in */mesa.icd | */rusticl.icd | *'*'*) ;; *) echo 99 && return ;; esac
      done
      return 1
      ;;
    # NVIDIA's own packages bring them. Where there is no driver of NVIDIA's, nobody misses them.
    cuda-headers)
      if any_file '/usr/local/cuda*/include/cublasLt.h' /usr/include/cublasLt.h /opt/cuda/include/cublasLt.h ||
        ! loader_knows libcuda.so.1; then
        echo 1
      fi
      ;;
    pocl) any_file '/etc/OpenCL/vendors/pocl*.icd' && echo 99 ;;
    rusticl) any_file '/etc/OpenCL/vendors/rusticl.icd' && echo 99 ;;
    openblas) any_file '/usr/lib/*/libopenblas.so.0' '/usr/lib*/libopenblas.so*' '/opt/homebrew/opt/openblas/lib/*' && echo 99 ;;
    oclgrind) command -v oclgrind >/dev/null && echo 1 ;;
    chromium) { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null && echo 1 ;;
    compare.py) any_file '/usr/share/benchmark/compare.py' '/usr/share/*benchmark*/tools/compare.py' && echo 1 ;;
    scipy) any_file '/usr/lib/python3*/*-packages/scipy' '/usr/lib64/python3*/site-packages/scipy' && echo 1 ;;
    # Of version 19 and no other: each formats, and warns, in its own way.
    clang-format | clang-tidy)
      local tool
      tool=$("$root/tests/clang_tool.sh" "$1") && first_number "$tool" --version
      ;;
    locales) any_file /usr/share/i18n/locales/de_DE && command -v localedef >/dev/null && echo 1 ;;
    jsonschema)
      any_file '/usr/lib/python3*/*-packages/jsonschema' '/usr/lib64/python3*/site-packages/jsonschema' && echo 1
      ;;
    *) header "$1" ;;
  esac
}

# What was wanted, couldn't be had and has been said; with this script's checksum, so that a change asks again.
given_up_file=$root/build/setup-without
given_up() { [[ -e $given_up_file ]] && grep -qxF "$checksum $1" "$given_up_file"; }
give_up() {
  mkdir -p "$root/build"
  local name
  for name in "$@"; do echo "$checksum $name" >>"$given_up_file"; done
}

# Fills `missing` with the lines of the table for which nothing new enough is there, `here` with the names of the others.
look() {
  headers=$(look_at_headers)
  missing=()
  here=()
  local name set level least deb fedora arch brew have
  while IFS='|' read -r name set level least deb fedora arch brew; do
    trim name && trim set && trim level && trim least && trim deb && trim fedora && trim arch && trim brew
    [[ $set == run || $set == "$set_name" || $set_name == expect ]] || continue
    if have=$(version_of "$name") && [[ -n $have ]] && at_least "$have" "$least"; then
      here+=("$name")
      continue
    fi
    if [[ $level == wanted && $set_name != expect ]] && given_up "$name"; then continue; fi
    missing+=("$name|$level|$least|$deb|$fedora|$arch|$brew")
  done < <(things)
}

column() { printf '%s\n' "$1" | cut -d '|' -f "$2"; }

# names LEVEL COLUMN: of what is missing, one line, each once
names() {
  local line out=' ' value
  for line in ${missing[@]+"${missing[@]}"}; do
    [[ $1 == any || $(column "$line" 2) == "$1" ]] || continue
    value=$(column "$line" "$2")
    [[ $value == - || $out == *" $value "* ]] || out+="$value "
  done
  out=${out# }
  printf '%s\n' "${out% }"
}

# --- where it can't install ----------------------------------------------------------------------------------------

# What to ask apt for: a release may have a package, but only in a version that is too old.
advise_apt() {
  local line package least version good=' ' old=' '
  for line in ${missing[@]+"${missing[@]}"}; do
    package=$(column "$line" 4)
    least=$(column "$line" 3)
    [[ $package != - && $good$old != *" $package "* ]] || continue
    if version=$(candidate "$package") && ! at_least "$version" "$least"; then
      old+="$package "
    else
      good+="$package "
    fi
  done
  if [[ $good != ' ' ]]; then say "install: apt-get install$good"; fi
  if [[ $old != ' ' ]]; then say "too old in this system's release, take them from Debian 13 ($newer):$old"; fi
  if [[ $(id -u) != 0 ]]; then say "or run as root, which does all of this: $root/bench/setup.sh $set_name"; fi
}

stop_with_names() { # why
  local needed line
  needed=$(names needed 1)
  if [[ -z $needed ]]; then
    say "goes on without: $(names wanted 1) ($1)"
    local wanted
    read -r -a wanted <<<"$(names wanted 1)"
    give_up "${wanted[@]}"
    exit 0
  fi
  needed=
  for line in "${missing[@]}"; do
    [[ $(column "$line" 2) == needed ]] || continue
    needed+=${needed:+, }$(column "$line" 1)
    if [[ $(column "$line" 3) != 0 ]]; then needed+=" >= $(column "$line" 3)"; fi
  done
  say "missing: $needed ($1)"
  if command -v apt-get >/dev/null; then
    advise_apt
  elif command -v dnf >/dev/null; then
    say "install: dnf install $(names any 5)"
  elif command -v pacman >/dev/null; then
    say "install: pacman -S --needed $(names any 6)"
  elif command -v brew >/dev/null || [[ $(uname -s) == Darwin ]]; then
    say "install: brew install $(names any 7)"
  else
    say "as Debian names them: $(names any 4)"
  fi
  exit 3
}

# --- installing with apt -------------------------------------------------------------------------------------------

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo ${sudo_flags[@]+"${sudo_flags[@]}"} "$@"; fi; }

apt() { # never a question: what is configured on this machine stays
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a LC_ALL=C apt-get -y -q -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=120 -o Acquire::Retries=5 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
}

candidate() { # upstream version that apt would install, without epoch and revision
  local version
  version=$(LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')
  [[ -n $version && $version != '(none)' ]] || return 1
  version=${version#*:}
  printf '%s\n' "${version%%[-+~]*}"
}

# Debian's own main sources of this machine: lines `codename|uri`
debian_sources() {
  # shellcheck disable=SC2016  # the $(…) are apt's
  apt-get indextargets --format '$(LABEL)|$(CODENAME)|$(REPO_URI)|$(COMPONENT)|$(CREATED_BY)' 2>/dev/null |
    sed -n 's/^Debian|\([a-z]*\)|\([^|]*\)|main|Packages$/\1|\2/p'
}

forget_newer() { as_root rm -f "$newer_source" "$newer_pin"; }

# Adds the newer Debian, from the same mirror as this machine's, so that only what is asked for comes from there and
# gets its updates from there: at priority 100 it never wins against an installed release.
add_newer() {
  local from uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  from=$(debian_sources | head -n 1)
  if [[ -z $from ]]; then return 1; fi
  if debian_sources | grep -q "^$newer|"; then return 0; fi
  IFS='|' read -r _ uri <<<"$from"
  [[ -e $keyring ]] || keyring=
  trap forget_newer INT TERM HUP EXIT
  as_root tee "$newer_pin" >/dev/null <<EOF
Package: *
Pin: release o=Debian,n=$newer
Pin-Priority: 100
EOF
  as_root tee "$newer_source" >/dev/null <<EOF
# Written by assay's set-up, for packages that this release has only in older versions.
Types: deb
URIs: $uri
Suites: $newer
Components: main
${keyring:+Signed-By: $keyring}
EOF
  # Only this source, strictly: others that don't answer are not our business.
  if ! apt update -o Dir::Etc::sourcelist="$newer_source" -o Dir::Etc::sourceparts=/dev/null \
    -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any >"$log" 2>&1; then
    fail "reading the package lists of Debian's $newer (its source has been removed again)" "$log"
  fi
  trap - INT TERM HUP EXIT
}

agree() { # asks only where somebody can answer
  [[ -t 0 && -t 2 && -z ${ASSAY_YES:-} && -z ${CI:-} ]] || return 0
  local answer
  read -r -p "assay set-up: $1 [y/N] " answer
  [[ $answer == [yY]* ]]
}

# What apt would remove, from its simulation in the log, except libraries that nobody asked for: they were there for
# others, and those are either kept or listed themselves.
removed() {
  local package
  while read -r package; do
    [[ $package == lib* && -n $(apt-mark showauto "$package" 2>/dev/null) ]] || printf '%s ' "$package"
  done < <(sed -n 's/^Remv \([^ ]*\).*/\1/p' "$log")
}

# install STEP LEVEL ARGUMENTS...: fails the script for `needed`, returns 1 for `wanted`
install() {
  local step=$1 level=$2 gone
  shift 2
  if ! apt -s install --no-install-recommends "$@" >"$log" 2>&1; then
    [[ $level == needed ]] && fail "$step: apt finds no way to install $*" "$log"
    return 1
  fi
  gone=$(removed)
  if [[ -n $gone && -z ${ASSAY_ALLOW_REMOVALS:-}${CI:-} ]]; then
    if ! { [[ -t 0 && -t 2 ]] && agree "apt would remove $gone. Go on?"; }; then
      say "$step: apt would remove ${gone% }, so it is left alone (ASSAY_ALLOW_REMOVALS=1 allows it)"
      [[ $level == needed ]] && fail "$step: $*"
      return 2
    fi
  fi
  if ! apt install --no-install-recommends "$@" >"$log" 2>&1; then
    as_root dpkg --configure -a >>"$log" 2>&1 || true
    [[ $level == needed ]] && fail "$step: apt-get install $*" "$log"
    return 1
  fi
}

install_missing() {
  local line name level least package version
  local here=() here_wanted=() from_newer=() from_newer_wanted=()

  if [[ -n $(dpkg --audit 2>/dev/null) ]]; then # an earlier run of apt was cut short
    as_root dpkg --configure -a >"$log" 2>&1 || fail "dpkg --configure -a" "$log"
  fi
  # A list that can't be read only matters if something isn't found then.
  local update_log
  update_log=$log.update
  apt update >"$update_log" 2>&1 || true

  for line in "${missing[@]}"; do
    IFS='|' read -r name level least package _ <<<"$line"
    # One package may be two things.
    [[ " ${here_wanted[*]-} ${from_newer_wanted[*]-} " != *" $package "* ]] || continue
    if version=$(candidate "$package") && at_least "$version" "$least"; then
      if [[ $level == needed ]]; then here+=("$package"); else here_wanted+=("$package"); fi
    elif [[ $least != 0 ]]; then
      if [[ $level == needed ]]; then from_newer+=("$package"); else from_newer_wanted+=("$package"); fi
    elif [[ $level == needed ]]; then
      tail -n 5 "$update_log" >&2
      stop_with_names "apt has no package $package"
    fi
  done

  if ((${#from_newer[@]} + ${#from_newer_wanted[@]} > 0)); then
    if [[ -z $(debian_sources) ]]; then
      grep '^[EW]:' "$update_log" | head -n 5 >&2 || true
      ((${#from_newer[@]} == 0)) || stop_with_names "apt offers nothing new enough: ${from_newer[*]}"
      from_newer_wanted=()
    else
      local newer_names="${from_newer[*]-} ${from_newer_wanted[*]-}"
      say "takes ${newer_names# } from Debian 13 ($newer, pinned at priority 100);" \
        "libc6, libstdc++6, dpkg and base-files come along, and /etc/os-release will say 13 afterwards"
    fi
  fi
  rm -f "$update_log"
  if ((${#here[@]} + ${#here_wanted[@]} > 0)); then say "installs ${here[*]-} ${here_wanted[*]-}"; fi
  agree "Go on?" || stop_with_names "not agreed to"

  # This release's own packages first: once libc6 is the newer one, its libc6-dev could no longer be installed.
  # If that has happened already, everything comes from the newer one.
  if ((${#here[@]} > 0)); then
    if apt -s install --no-install-recommends "${here[@]}" >"$log" 2>&1 || ! debian_sources | grep -q "^$newer|"; then
      install "installing the tools and libraries" needed "${here[@]}"
    else
      install "installing the tools and libraries" needed -t "$newer" "${here[@]}"
    fi
  fi
  # Wanted ones one by one where it doesn't go at once: one that can't be had, or isn't read to its end,
  # doesn't take the others with it.
  local one all_wanted=(${here_wanted[@]+"${here_wanted[@]}"})
  local code=0
  if ((${#all_wanted[@]} > 0)); then install "installing ${all_wanted[*]}" wanted "${all_wanted[@]}" || code=$?; fi
  if ((code != 0)); then
    for one in "${all_wanted[@]}"; do
      code=0
      install "installing $one" wanted "$one" || code=$?
      ((code != 1)) || install "installing $one" wanted -t "$newer" "$one" || true
    done
  fi
  if ((${#from_newer[@]} + ${#from_newer_wanted[@]} > 0)); then
    add_newer || fail "deriving Debian's $newer from this machine's apt sources"
    if ((${#from_newer[@]} > 0)); then
      install "installing from $newer" needed -t "$newer" "${from_newer[@]}"
    fi
    for one in ${from_newer_wanted[@]+"${from_newer_wanted[@]}"}; do
      install "installing $one from $newer" wanted -t "$newer" "$one" || true
    done
  fi
}

# --- main ----------------------------------------------------------------------------------------------------------

checksum=$(cksum <"${BASH_SOURCE[0]}" | tr -d ' \t')
look
if [[ $set_name == expect ]]; then
  expected=$(printf '%s,' ${here[@]+"${here[@]}"})
  for line in ${missing[@]+"${missing[@]}"}; do
    if [[ -n ${CI:-} ]] && candidate "$(column "$line" 4)" >/dev/null; then expected+=$(column "$line" 1),; fi
  done
  printf '%s\n' "${expected%,}"
  exit 0
fi
if ((${#missing[@]} == 0)); then exit 0; fi

if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then stop_with_names "no apt on this system"; fi
sudo_flags=()
if [[ $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || stop_with_names "not root, and no sudo"
  if ! [[ -t 0 && -t 2 ]]; then
    sudo_flags=(-n)
    sudo -n true 2>/dev/null || stop_with_names "not root, and sudo asks for a password"
  fi
fi

log=$(mktemp "${TMPDIR:-/tmp}/assay-setup.XXXXXX")
install_missing
rm -f "$log"

look
if [[ -n $(names needed 1) ]]; then
  stop_with_names "still not found after installing their packages; is CXX or a search path set?"
fi
if ((${#missing[@]} > 0)); then
  stop_with_names "not packaged here, or not installable"
fi
say "done"
