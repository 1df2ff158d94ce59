#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/asyncio.md has each public name of asyncio: of the module, and of the classes that one meets.
# Which these are, the python3 at hand is asked; where there is none, it says that it was skipped.
#
# Usage: tools/check_asyncio_table.sh [DOCUMENT]    (without it: docs/asyncio.md of this tree)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
document=$(realpath "${1:-docs/asyncio.md}")

if ! command -v python3 > /dev/null; then
    echo "asyncio: skipped, there is no python3"
    exit 0
fi

# What is inherited from object and begins with an underscore is nobody's to call. What Windows has
# is not there to be asked for.
python3 - "$document" << 'END'
import asyncio, asyncio.subprocess, re, sys, warnings

CLASSES = ("Task Future Handle TimerHandle Runner TaskGroup Timeout Lock Event Condition Semaphore Barrier Queue "
           "AbstractEventLoop AbstractServer Server StreamReader StreamWriter subprocess.Process").split()
# Said in words: of a handle and a timer, of a future and a task; and what is a name of everything.
SAID_IN_WORDS = {"cancel", "cancelled", "close", "get_loop", "when", "get_context", "transport"}

warnings.simplefilter("ignore")
known = set(re.findall(r"\w+", open(sys.argv[1], encoding="utf-8").read()))
missing, count = [], 0
for name in (name for name in asyncio.__all__ if not name.startswith("_")):
    count += 1
    if name not in known:
        missing.append(name)
for path in CLASSES:
    owner = asyncio
    for part in path.split("."):
        owner = getattr(owner, part, None)
    for name in (name for name in dir(owner) if owner and not name.startswith("_")):
        count += 1
        if name not in known | SAID_IN_WORDS:
            missing.append(f"{path}.{name}")
for name in missing:
    print(f"{sys.argv[1]}: has no word about asyncio's {name}")
print(f"asyncio: {count} names, {len(missing)} missing")
sys.exit(bool(missing))
END
