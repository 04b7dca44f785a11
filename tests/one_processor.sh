#!/bin/sh
# one_processor.sh COMMAND…: runs it on the first of the processors that it may use.
first=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
exec taskset -c "$first" "$@"
