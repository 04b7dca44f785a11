#!/bin/sh
# skipping_test.sh TESTS CTEST: that a test which is skipped and fails has failed, and that what the set-up has brought may
# not be missing.
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-skipping.XXXXXX") || exit 70
trap 'rm -rf "$work"' EXIT
tests=$1 ctest=$2
cat >"$work/CTestTestfile.cmake" <<CTEST
add_test(passes "$tests/gtest.sh" sh -c "echo '[       OK ] x'")
add_test(skips "$tests/gtest.sh" sh -c "echo '[  SKIPPED ] x'")
add_test(fails "$tests/gtest.sh" sh -c "echo '[  SKIPPED ] x'; echo '[  FAILED  ] y'; exit 1")
add_test(crashes "$tests/gtest.sh" sh -c "echo '[  SKIPPED ] x' >&2; kill -11 \$\$")
set_tests_properties(passes skips fails crashes PROPERTIES SKIP_REGULAR_EXPRESSION "\\\\[  SKIPPED \\\\]")
add_test(missing "$tests/missing.sh" pocl "no PoCL")
set_tests_properties(missing PROPERTIES SKIP_RETURN_CODE 77)
CTEST
failures=0
expect() { # what ASSAY_TEST_EXPECT says, a test, and how it is to end
  (cd "$work" && ASSAY_TEST_EXPECT=$1 "$ctest" -R "^$2\$" >out 2>&1)
  if ! grep -q "1/1 Test.* $2 \.*.*$3 " "$work/out"; then
    echo "with '$1' expected, $2 isn't $3:"
    cat "$work/out"
    failures=$((failures + 1))
  fi
}
expect "" passes Passed
expect "" skips Skipped
expect "" fails Failed
expect "" crashes Failed
expect "" missing Skipped
expect rusticl,pocl2 missing Skipped
expect rusticl,pocl missing Failed
exit "$failures"
