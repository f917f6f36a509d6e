# SPDX-License-Identifier: BSD-2-Clause
"""
addr2line.py - why an answer of wick differs from that of GNU addr2line, and who is right.

explain() names the causes of one difference, or the cause None: nobody knows, and the
check fails.  It demands evidence for each: a third symbolizer that says what we say, or
the symbol table.  tests/README.md lists the causes for people; the check compares the keys.

Places are compared as text, the discriminators included.
"""
import os
import re
import subprocess

# As GNU addr2line 2.40 was seen to do it; why is inferred from what it prints.
CAUSES = {
    "alias": "several symbols, one address, no DWARF: each has its own rule",
    "no-linkage-name": "a function that DWARF gives no linkage name: addr2line takes the symbol "
                       "around at its first question, and keeps it or not",
    "same-range": "a call inlined with just the range of the one around it: addr2line drops it",
    "file-0": "DWARF 5 begins with file 1, addr2line with file 0",
    "unread": "addr2line cannot read that unit: 64-bit DWARF, a strict DWARF 2, gcc's skeletons",
    "split": "addr2line reads no .dwo for inlined calls",
    "folded": "two functions folded into one by the linker: both have the address",
}


class Evidence:
    """What is known of a file, and of one address of it."""

    def __init__(self, path):
        self.names = {}  # a symbol: as addr2line -C prints it
        self.is_split = "_dwo_name" in first_lines(path)
        self.path = path
        self.unit_files = None

    def demangle(self, raw_names):
        missing = sorted(set(raw_names) - set(self.names))
        text = subprocess.run(["c++filt"], input="\n".join(missing), capture_output=True,
                              text=True, check=True, errors="surrogateescape").stdout
        self.names.update(zip(missing, text.split("\n")))

    def symbols(self, raw_names):
        return {self.names[name] for name in raw_names}

    def is_file_0(self, place):
        """Is it the file of a unit, and not one that is included?"""
        if self.unit_files is None:
            text = subprocess.run(["readelf", "--debug-dump=info", "--dwarf-depth=1", self.path],
                                  capture_output=True, text=True, check=False).stdout
            self.unit_files = {os.path.basename(name.strip()) for name in
                               re.findall(r"DW_AT_name +: (?:\(.*?\): )?(.*)", text)}
        return os.path.basename(place.rsplit(":", 1)[0]) in self.unit_files


def first_lines(path):
    dump = subprocess.Popen(["readelf", "--debug-dump=info", "--dwarf-depth=1", path],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    text = "".join(dump.stdout.readline() for _ in range(40))
    dump.stdout.close()
    dump.wait()
    return text


def frames_of(text):
    lines = text.split("\n")
    return list(zip(lines[0::2], lines[1::2]))


def line_of(place):
    """The line, without the discriminator; "?": not known."""
    return place.rsplit(":", 1)[1].split(" ")[0]


def is_shortened(ours, theirs):
    """The innermost place, and of the calls around it some."""
    places = iter(place for _, place in ours[1:])
    return theirs[0][1] == ours[0][1] and all(place in places for _, place in theirs[1:])


def is_called(name, symbols, ours):
    """Is it a symbol, or the bare name of one of our functions?"""
    bare = re.split(r"[<(]", name)[0]
    return name in symbols or any(bare in our_name for our_name, _ in ours)


def explain_name(ours, theirs, is_inlined, here, is_agreed):
    if ours in here and theirs in here and not is_inlined:
        return "alias"
    # By the symbol table it is ours, and theirs is not; or others call it as we do.
    is_ours = is_agreed if is_inlined else ours in here and theirs not in here
    return "no-linkage-name" if is_ours else None


def explain_place(ours, theirs, is_innermost, here, is_agreed, evidence):
    if line_of(ours) == line_of(theirs) == "?" and len(here) > 1:
        return "alias"  # each with its own file
    if not is_agreed or not is_innermost:
        return None
    if line_of(theirs) == "?":
        return "unread"
    if line_of(theirs) == line_of(ours) and evidence.is_file_0(theirs):
        return "file-0"
    return "folded" if len(here) > 1 else None


def explain(ours, theirs, raw_here, is_agreed, evidence):
    """
    The causes of the difference between two texts of one address.  RAW_HERE: the symbols
    there; IS_AGREED: another symbolizer has our chain and our lines.
    """
    here, symbols = evidence.symbols(raw_here), set(evidence.names.values())
    ours, theirs = frames_of(ours), frames_of(theirs)
    if not all(is_called(name, symbols, ours) for name, _ in theirs):
        return {None}
    # Where it reads no DWARF it has but the symbol, and no line or that of the line table.
    if is_agreed and len(theirs) == 1 and theirs[0][0] in here:
        if line_of(theirs[0][1]) == "?" != line_of(ours[0][1]):
            return {"unread"}
        if evidence.is_split and theirs[0][1] == ours[0][1]:
            return {"split"}
    if len(ours) != len(theirs):
        is_shorter = len(theirs) < len(ours) and is_agreed and is_shortened(ours, theirs)
        return {"same-range" if is_shorter else None}
    causes = set()
    for i, ((name, place), (their_name, their_place)) in enumerate(zip(ours, theirs)):
        if name != their_name:
            causes.add(explain_name(name, their_name, i + 1 < len(ours), here, is_agreed))
        if place != their_place:
            causes.add(explain_place(place, their_place, not i, here, is_agreed, evidence))
    return causes
