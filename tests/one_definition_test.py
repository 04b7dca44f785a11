#!/usr/bin/env python3
"""one_definition_test.py SOURCE-FOLDER: no two files define a type of the same name in the same namespace.

The linker would keep one of their destructors for both, which no compiler reports and which ends in
freed memory. Types in unnamed namespaces are their file's own.
"""
import collections
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
types = collections.defaultdict(set)
for folder in ("kernels", "backends", "bench"):
    for path in sorted(root.glob(f"{folder}/**/*.[ch]pp")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\nnamespace \{\n.*?\n\}  // namespace\n", "\n", text, flags=re.S)
        space = "::".join(re.findall(r"^namespace ([\w:]+) \{", text, flags=re.M))
        for name in re.findall(r"^(?:struct|class|enum class) (\w+)(?: final)?(?: ?:(?!:)[^;{]*)? ?\{", text, flags=re.M):
            types[space, name].add(str(path.relative_to(root)))
if len(types) < 100:
    sys.exit(f"only {len(types)} types found: the search is broken")
twice = {key: files for key, files in types.items() if len(files) > 1}
for (space, name), files in sorted(twice.items()):
    print(f"{space}::{name} is defined in {' and '.join(sorted(files))}")
sys.exit(1 if twice else 0)
