#!/usr/bin/env bash
# bench/run.sh with stand-ins for the set-up, the build and the program: how it ends.
#   run_script_test.sh SOURCE_FOLDER
set -euo pipefail

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bench" "$root/build/release/bin"
cp "$1/bench/run.sh" "$root/bench/"
for script in setup.sh build.sh; do
  printf '#!/bin/sh\n' > "$root/bench/$script"
  chmod +x "$root/bench/$script"
done
# Ends as the variables say; a run leaves a result. With WAIT it goes on until a signal comes, and a bit longer.
cat > "$root/build/release/bin/assay" <<'SCRIPT'
#!/bin/sh
case $1 in
  run)
    echo '{}' > "$3"
    [ -z "${WAIT:-}" ] || {
      for signal in INT TERM HUP; do trap "sleep 0.3; echo $signal > '$WAIT'; exit 130" $signal; done
      echo started > "$WAIT"
      for i in $(seq 300); do sleep 0.1; done
    }
    exit "$RUN" ;;
  report) exit "$REPORT" ;;
esac
SCRIPT
chmod +x "$root/build/release/bin/assay"

failures=0
expect() {  # the run's code, the report's, and what is to come of them
  local code=0
  RUN=$1 REPORT=$2 "$root/bench/run.sh" > "$root/out" 2> "$root/err" || code=$?
  if [[ $code -ne $3 ]]; then
    echo "run $1, report $2: ended with $code, not $3"
    failures=$((failures + 1))
  fi
}
expect 0 0 0
expect 4 0 4
expect 0 70 70
expect 0 64 70
expect 6 70 6

# A signal to the script alone is the program's, too, and the script ends after it and with its code.
for signal in TERM HUP INT; do
  # As a terminal's shell starts it: what is started with & by a script ignores SIGINT.
  rm -f "$root/state"
  WAIT=$root/state RUN=0 REPORT=0 python3 -c 'import os, signal, sys
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(each, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$root/bench/run.sh" > "$root/out" 2> "$root/err" &
  script=$!
  for ((i = 0; i < 300; i++)); do
    [[ -s $root/state ]] && break
    sleep 0.1
  done
  kill -s "$signal" "$script"
  code=0
  wait "$script" || code=$?
  said=$(cat "$root/state")
  if [[ $code -ne 130 || $said != "$signal" ]]; then
    echo "$signal: ended with $code, the program had '$said'"
    failures=$((failures + 1))
  fi
done
exit "$failures"
