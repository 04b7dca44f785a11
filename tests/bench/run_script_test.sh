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
# Ends as the variables say; a run leaves a result.
cat > "$root/build/release/bin/assay" <<'SCRIPT'
#!/bin/sh
case $1 in
  run) echo '{}' > "$3"; exit "$RUN" ;;
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
exit "$failures"
