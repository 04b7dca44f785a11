#!/usr/bin/env bash
# bench/gpu.sh DEVICE [FOLDER]: everything worth keeping about an accelerator, in one go: its description and probes of
# its instructions, its ceilings, how much its memory holds, tuned kernels, the headline suites beside the vendor's
# library where there is one, and how its throughput grows with parallelism. Writes into FOLDER,
# results/local/<device>-<date> without one.
#
#   ASSAY=PROGRAM         what to run [build/release/bin/assay]; the `bin/assay` of a bundle needs nothing installed
#   ASSAY_MINUTES=N       about how long all of it may take [20]
#   ASSAY_COMPARATORS=…   devices to measure beside it [cublas:0 where it is there]
#
# A step that fails is named and doesn't stop the others; the exit code is that of the first that failed.
set -uo pipefail

device=${1:?a device, as in \`bench/gpu.sh opencl:1.0\`; \`assay devices\` lists them}
program=${ASSAY:-build/release/bin/assay}
minutes=${ASSAY_MINUTES:-20}
folder=${2:-results/local/${device//[:.]/-}-$(date +%Y-%m-%d)}
[[ -x $program ]] || { echo "bench/gpu.sh: no program $program; ASSAY=PROGRAM names one" >&2; exit 3; }
mkdir -p "$folder" || exit 70
seconds() { echo $((minutes * 60 * $1 / 100))s; } # percent of the time

worst=0
step() { # NAME COMMAND…
  local name=$1
  shift
  echo "== $name: $*"
  "$@" 2>&1 | tee "$folder/$name.txt"
  local code=${PIPESTATUS[0]}
  ((code == 0)) && return
  echo "bench/gpu.sh: $name failed with exit code $code" >&2
  ((worst != 0)) || worst=$code
}

others=${ASSAY_COMPARATORS-}
if [[ -z ${ASSAY_COMPARATORS+set} ]] && "$program" devices 2>/dev/null | grep -q '^cublas:0 '; then
  others=cublas:0
fi
all=$device${others:+,$others}

step devices "$program" devices --probe
step ceilings "$program" ceilings --device "$device" --out "$folder/ceilings.json"
step capacity "$program" capacity --device "$device" --out "$folder/capacity.json"
step tune "$program" tune --device "$device" --budget "$(seconds 15)" --tuning "$folder/tuning.tsv"
step headline-gpu "$program" run --suite headline-gpu --device "$all" --tuning "$folder/tuning.tsv" \
  --max-time "$(seconds 35)" --out "$folder/headline-gpu.json"
step headline "$program" run --suite headline --device "$all" --tuning "$folder/tuning.tsv" \
  --max-time "$(seconds 30)" --out "$folder/headline.json"
step parallelism "$program" parallelism --device "onednn:0,$device" --out "$folder/parallelism.json"
exit "$worst"
