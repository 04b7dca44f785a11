#!/bin/sh
# missing.sh THING WHY: stands for a test that can't run without the THING, as bench/setup.sh names it. It is skipped
# (exit status 77), unless the set-up says that the thing is on this machine: ASSAY_TEST_EXPECT, see tests/run.sh.
case ,${ASSAY_TEST_EXPECT:-}, in
  *,"$1",*)
    echo "$1 is on this machine, says the set-up, but: $2" >&2
    exit 1
    ;;
esac
echo "skipped: $2"
exit 77
