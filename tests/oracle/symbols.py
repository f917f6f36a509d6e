#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
symbols.py - every function of ELF files: our names, inline chains and lines.

    tests/oracle/symbols.py build/wick FILE...

Three addresses in each function that .symtab (else .dynsym) lists: the first byte,
one in the middle and the last.  The outermost function has to be one that the table
has there, innermost and aliases aside: all of them.  The chain of inlined functions
with file and line has to be llvm-symbolizer's, or where that differs, eu-addr2line's,
in 99.9 % of the addresses of each file.  Names are compared as the linker knows
them, paths without `.` and `..`.  What neither of the two agrees with is printed.
FILE=REFERENCE: the others are asked for REFERENCE, which has the same code.

A sample of the addresses is compared byte for byte with `addr2line -f -i -C`: each
difference has to have a cause that addr2line.py knows and tests/README.md lists.
`SHOW_CAUSE=alias` prints those of one cause.
"""
import bisect
import collections
import json
import os
import re
import subprocess
import sys

import addr2line

PRINTED_MAX = int(os.environ.get("PRINTED_MAX", "5"))
SHOW_CAUSE = os.environ.get("SHOW_CAUSE", "")
README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "README.md")
WANTED = 0.999
BINUTILS_MAX = 2000	# addresses: it answers a thousand a second in a large file


def functions(path):
    """
    (start, size, name) of the table that wick uses, in the order of their starts; and of
    those without a size the names, by start.
    """
    for options in (["--symbols"], ["--dyn-syms"]):
        text = subprocess.run(["readelf", "-W", *options, path], capture_output=True,
                              text=True, errors="surrogateescape").stdout
        found, empty, is_first = [], collections.defaultdict(set), True
        for line in text.splitlines():
            # `readelf --symbols` lists .dynsym as well, before .symtab.
            if line.startswith("Symbol table"):
                is_first = ".dynsym" not in line or options == ["--dyn-syms"]
            # Names of Go have spaces.
            word = line.split(None, 7)
            if not is_first or len(word) < 8 or word[3] not in ("FUNC", "IFUNC") or \
                    word[6] == "UND":
                continue
            start, size, name = int(word[1], 16), int(word[2], 0), word[7].split("@")[0].strip()
            if size:
                found.append((start, size, name))
            else:
                empty[start].add(name)
        if found:
            return sorted(set(found)), empty
    return [], {}


def truth(table, address):
    """The names of the innermost functions that hold ADDRESS."""
    at = bisect.bisect_right(table, (address, 1 << 64, ""))
    names, start = set(), None
    # Nested functions are rare, long ones are not: look back some way.
    for i in range(at - 1, max(at - 400, -1), -1):
        s, size, name = table[i]
        if start is not None and s != start:
            break
        if s <= address < s + size:
            start = s
            names.add(name)
    return names


def run(command, addresses):
    text = "".join("0x%x\n" % a for a in addresses)
    return subprocess.run(command, input=text.encode(), capture_output=True,
                          check=False).stdout.decode("utf-8", "surrogateescape")


def frame(name, place):
    """(name, file, line); line 0 and file "": not known."""
    match = re.match(r"(.*?):(\d+|\?)(?::\d+)?(?: \(discriminator \d+\))?$", place)
    name = "" if name == "??" else name
    if not match or match[1] == "??":
        return name, "", 0
    line = 0 if match[2] == "?" else int(match[2])
    return name, os.path.normpath(match[1]), line


def chain_of_wick(answer):
    # A file without a line is that of the symbol: the others have no word of it.
    return [(f["function"], os.path.normpath(f["file"]) if f.get("line") else "",
             f.get("line", 0)) for f in answer["frames"]]


def ask_llvm(path, addresses):
    text = run(["llvm-symbolizer", "--obj=" + path, "--no-demangle", "--inlines"], addresses)
    chains = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line]
        if lines:
            chains.append([frame(*pair) for pair in zip(lines[0::2], lines[1::2])])
    return chains


def ask_elfutils(path, addresses):
    text = run(["eu-addr2line", "-a", "-f", "-i", "-e", path], addresses)
    chains = []
    for line in text.splitlines():
        if re.fullmatch(r"0x[0-9a-f]+", line):
            chains.append([])
            name = None
        elif name is None:
            name = re.split(r" inlined (?:at|in) ", line)[0]
        else:
            chains[-1].append(frame(name, line))
            name = None
    return chains


def split_pairs(lines, counts):
    """Two lines for each frame, COUNTS of them for each address."""
    at, texts = 0, []
    for count in counts:
        texts.append("\n".join(lines[at:at + 2 * max(count, 1)]))
        at += 2 * max(count, 1)
    return texts if at == len(lines) else []


def ask_binutils(path, addresses):
    text = run(["addr2line", "-a", "-f", "-i", "-C", "-e", path], addresses)
    return [block.split("\n", 1)[1].rstrip("\n")
            for block in re.split(r"^0x(?=[0-9a-f]{16}$)", text, flags=re.M)[1:]]


def compare_binutils(wick, path, reference, tables, addresses, answers, agreed):
    """How many of a sample are byte for byte the same, and the others by their causes."""
    step = len(addresses) // BINUTILS_MAX + 1
    asked = addresses[::step]
    text = run([wick, "symbolize", "--format", "addr2line", "-e", path], asked)
    ours = split_pairs(text.splitlines(), [len(a["frames"]) for a in answers[::step]])
    theirs = ask_binutils(reference, asked)
    if len(ours) != len(asked) or len(theirs) != len(asked):
        return len(asked), 0, {None: [(0, "%d answers" % len(ours), "%d answers" % len(theirs))]}
    differ = [row for row in zip(asked, ours, theirs) if row[1] != row[2]]
    table, empty = tables
    evidence = addr2line.Evidence(reference)
    evidence.demangle(name for _, _, name in table)
    evidence.demangle(set().union(*empty.values()))
    causes = collections.defaultdict(list)
    for row in differ:
        here = truth(table, row[0]) | empty.get(row[0], set())
        for cause in addr2line.explain(row[1], row[2], here, row[0] in agreed, evidence):
            causes[cause].append(row)
    return len(asked), len(asked) - len(differ), causes


def same(ours, theirs):
    """The outermost name is the symbol's, which is checked by itself."""
    if len(ours) != len(theirs):
        return False
    last = len(ours) - 1
    for i, (a, b) in enumerate(zip(ours, theirs)):
        # A line of 0 is no line, with a file or without.
        if (i != last and a[0] != b[0]) or a[2] != b[2] or (a[2] and a[1] != b[1]):
            return False
    return True


def show(chain):
    return " < ".join("%s %s:%d" % (n or "??", f.rsplit("/", 1)[-1], l) for n, f, l in chain)


def check(wick, path):
    path, _, reference = path.partition("=")
    reference = reference or path
    tables = functions(path)
    table = tables[0]
    addresses = sorted({a for start, size, _ in table
                        for a in (start, start + size // 2, start + size - 1)})
    text = run([wick, "symbolize", "--format", "json", "--no-demangle", "-e", path], addresses)
    answers = [json.loads(line) for line in text.splitlines()]
    llvm = ask_llvm(reference, addresses)
    if not addresses or len(answers) != len(addresses) or len(llvm) != len(addresses):
        print("%s: %d addresses, %d answers of wick, %d of llvm-symbolizer" %
              (path, len(addresses), len(answers), len(llvm)))
        return False
    wrong, differ, agreed = [], [], set()
    for address, answer, theirs in zip(addresses, answers, llvm):
        ours = chain_of_wick(answer)
        names = truth(table, address)
        if not ours or ours[-1][0] not in names:
            wrong.append((address, ours, names))
        elif same(ours, theirs):
            agreed.add(address)
        else:
            differ.append((address, ours, theirs))
    elfutils = ask_elfutils(reference, [d[0] for d in differ]) if differ else []
    third = [d + (e,) for d, e in zip(differ, elfutils) if not same(d[1], e)]
    agreed.update(d[0] for d, e in zip(differ, elfutils) if same(d[1], e))
    asked, equal, causes = compare_binutils(wick, path, reference, tables, addresses, answers,
                                            agreed)
    share = 1 - len(third) / len(addresses)
    inlined = sum(len(a["frames"]) > 1 for a in answers)
    lines = sum(bool(chain_of_wick(a) and chain_of_wick(a)[0][2]) for a in answers)
    print("%-34s %7d %7d %7d %6d %7d %7d  %8.4f %%  %5d of %5d  %s" %
          (os.path.basename(path)[-34:], len(addresses), inlined, lines, len(wrong),
           len(differ), len(third), 100 * share, equal, asked,
           " ".join("%s %d" % (cause or "UNKNOWN", len(causes[cause]))
                    for cause in sorted(causes, key=str))), flush=True)
    for address, ours, names in wrong[:PRINTED_MAX]:
        print("  0x%x: %s, .symtab has %s" % (address, show(ours), " ".join(sorted(names))))
    for address, ours, theirs, other in third[:PRINTED_MAX]:
        print("  0x%x\n    wick %s\n    llvm %s\n    eu   %s" %
              (address, show(ours), show(theirs), show(other)))
    for address, a, b in causes[None][:PRINTED_MAX] + causes[SHOW_CAUSE][:PRINTED_MAX]:
        print("  0x%x\n    wick %s\n    addr2line %s" %
              (address, a.replace("\n", " "), b.replace("\n", " ")))
    return not wrong and share >= WANTED and not causes[None]


def is_documented():
    """Does the README list the causes that we know, and no others?"""
    with open(README, encoding="utf-8") as file:
        listed = set(re.findall(r"^\| `([a-z0-9-]+)` \| (?:wick|either|addr2line) \|", file.read(),
                                re.M))
    for cause in sorted(listed ^ set(addr2line.CAUSES)):
        print("%s: only one of addr2line.py and %s has it" % (cause, README))
    return listed == set(addr2line.CAUSES)


def main():
    print("%-34s %7s %7s %7s %6s %7s %7s  %10s  %14s  %s" %
          ("file", "asked", "inlined", "lines", "wrong", "!= llvm", "!= both", "agreed",
           "= addr2line", "differences by cause"))
    results = [check(sys.argv[1], path) for path in sys.argv[2:]]
    print("%d of %d files agree" % (sum(results), len(results)))
    return 0 if results and all(results) and is_documented() else 1


if __name__ == "__main__":
    sys.exit(main())
