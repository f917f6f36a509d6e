#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
named.py - which frames of a profile are named, beside what readelf says could be.

    tests/bench/named.py PROFILE.pb.gz

The profile, of `record --no-demangle`, has the address of each frame, and the file that was mapped there.  readelf
lists the functions of that file, of its .symtab, its .dynsym and the .symtab of its debug
file.  A frame is covered if one of them holds its address, and right if it is called like
one of those.  Files are told apart by their best table: a .dynsym alone names what is
exported, and nobody can say more about the rest.  Files of other roots, and those that
have been replaced, are counted apart.  Exit status 1: a bound is missed.
"""
import bisect
import collections
import gzip
import os
import re
import subprocess
import sys

WANTED = 0.99
FILES_SHOWN = 10
LOOK_BACK = 1000	# functions: identical ones are folded into one by the hundred


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7


def fields(data):
    """The number and value of each field: an integer or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        yield key >> 3, value


def message(data):
    """The last value of each field; 0 if it is missing."""
    found = collections.defaultdict(int)
    found.update(fields(data))
    return found


def numbers(data):
    at = 0
    while at < len(data):
        value, at = varint(data, at)
        yield value


def read_profile(path):
    """Of each user frame in a file: how often, the file and its build-id, where in it, its name."""
    with gzip.open(path) as file:
        pieces = list(fields(file.read()))
    strings = [v.decode(errors="surrogateescape") for n, v in pieces if n == 6]
    mappings = {m[1]: m for m in (message(v) for n, v in pieces if n == 3)}
    names = {f[1]: strings[f[2]] for f in (message(v) for n, v in pieces if n == 5)}
    counts = collections.Counter()
    for number, value in pieces:
        if number == 2:
            sample = message(value)
            for location in numbers(sample[1]):
                counts[location] += next(numbers(sample[2]))
    for number, value in pieces:
        if number != 4:
            continue
        location = message(value)
        lines = [message(v)[1] for n, v in fields(value) if n == 4]
        mapping = mappings.get(location[2])
        if mapping and strings[mapping[5]].startswith("/"):
            yield (counts[location[1]], (strings[mapping[5]], strings[mapping[6]]),
                   location[3] - mapping[2] + mapping[4], names[lines[-1]] if lines else None)


def readelf(path, *options):
    return subprocess.run(["readelf", "-W", *options, path], capture_output=True, text=True,
                          errors="surrogateescape", check=False).stdout


class File:
    """The functions of a file, by all tables that are to be had."""

    def __init__(self, path, wanted_id):
        text = readelf(path, "-l", "-S", "-n")
        self.segments = [[int(word, 16) for word in load] for load in
                         re.findall(r"LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) 0x\w+ R.E", text)]
        build_id = re.search(r"Build ID: (..)(\w+)", text)
        debug = "/usr/lib/debug/.build-id/%s/%s.debug" % build_id.groups() if build_id else ""
        self.functions = []
        if wanted_id and (not build_id or "".join(build_id.groups()) != wanted_id):
            self.table = "elsewhere"
            return
        cnts = self.add(path)
        if os.path.exists(debug):
            cnts.update(self.add(debug))
        # One that is stripped may keep a handful.
        if cnts[".symtab"] > cnts[".dynsym"] or ".gnu_debugdata" in text:
            self.table = ".symtab"
        else:
            self.table = ".dynsym" if self.functions else "no table"
        self.functions.sort()

    def add(self, path):
        """How many functions of which table."""
        cnts, table = collections.Counter(), None
        for line in readelf(path, "--symbols").splitlines():
            word = line.split(None, 7)
            if line.startswith("Symbol table"):
                table = word[2].strip("'")
            elif len(word) == 8 and word[3] in ("FUNC", "IFUNC") and word[6] != "UND":
                start, size = int(word[1], 16), int(word[2], 0)
                self.functions.append((start, start + size, word[7].split("@")[0].strip()))
                cnts[table] += 1
        return cnts

    def names_at(self, off):
        """The functions that hold a byte of the file."""
        for start, vaddr, size in self.segments:
            if start <= off < start + size:
                off += vaddr - start
                break
        else:
            return set()
        first = bisect.bisect_right(self.functions, (off, 1 << 64, ""))
        return {name for start, end, name in self.functions[max(first - LOOK_BACK, 0):first]
                if start <= off < end}


def percent(part, whole):
    return "%7.3f %%" % (100 * part / whole) if whole else "      - "


def main():
    files, frames = {}, []
    for count, key, off, name in read_profile(sys.argv[1]):
        if key not in files:
            files[key] = File(*key)
        frames.append((count, files[key].table, key[0], files[key].names_at(off), name))
    sums = collections.defaultdict(collections.Counter)
    by_file = collections.Counter()
    for count, table, path, here, name in frames:
        for key in (table, "all"):
            sums[key].update({"frames": count, "named": count * bool(name),
                              "covered": count * bool(here),
                              "right": count * (name in here)})
        if not name and table != "elsewhere":
            by_file[path, table, "a symbol covers it" if here else "no symbol covers it"] += count
    print("    %-9s %5s %9s  %9s  %9s  %9s" % ("table", "files", "frames", "named", "covered",
                                              "of these right"))
    for key in (".symtab", ".dynsym", "no table", "elsewhere", "all"):
        s = sums[key]
        cnt = sum(key in (file.table, "all") for file in files.values())
        print("    %-9s %5d %9d  %s  %s  %s" %
              (key, cnt, s["frames"], percent(s["named"], s["frames"]),
               percent(s["covered"], s["frames"]), percent(s["right"], s["covered"])))
    for (path, table, why), count in by_file.most_common(FILES_SHOWN):
        print("    %9d without a name, %s: %s (%s)" % (count, why, path, table))
    met = sums["all"]["right"] >= WANTED * sums["all"]["covered"] and \
        sums[".symtab"]["named"] >= WANTED * sums[".symtab"]["frames"]
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
