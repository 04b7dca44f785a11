#!/usr/bin/env bash
# clang_tool.sh clang-format|clang-tidy: the command that is this tool in version 19, whatever it is called here; fails
# where there is none. Other versions format and warn in other ways.
for tool in "$1-19" "$1"; do
  if command -v "$tool" >/dev/null && [[ $("$tool" --version 2>/dev/null) =~ version\ 19\. ]]; then
    echo "$tool"
    exit 0
  fi
done
exit 1
