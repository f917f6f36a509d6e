#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# words - finds names in comments that no longer exist.
#
# A word of a C comment that is written like a name of ours, with an underscore in it or a
# pair of parentheses behind it, has to be a word of the code or of a string somewhere in the tree;
# a word with the ending of a source file has to be such a file.  Names of others (the kernel's, a
# library's, DWARF's) that no code of ours mentions stand in tests/words.foreign, one on a line.
# Prints FILE:LINE: WORD for each that is none of these; exit status 1 if there is one.
set -u
cd "$(dirname "$0")/.." || exit 1

LC_ALL=C find Makefile bpf profiler symbolize flamegraph tests -name Makefile -o -name '*.[ch]' -o -name '*.sh' -o -name '*.js' \
	-o -name '*.mjs' -o -name '*.proto' -o -name '*.html' | LC_ALL=C sort | awk -v foreign=tests/words.foreign '
	# Splits a line of C into code, in text, and comment, in said; inside is kept over lines.
	function split_line(line, is_c,    at, end) {
		text = said = ""
		if (!is_c) {
			text = line
			return
		}
		while (line != "") {
			if (inside) {
				end = index(line, "*/")
				said = said " " (end ? substr(line, 1, end - 1) : line)
				line = end ? substr(line, end + 2) : ""
				inside = !end
				continue
			}
			at = match(line, /\/\*|\/\/|"([^"\\]|\\.)*"/)
			if (!at) {
				text = text line
				return
			}
			text = text substr(line, 1, at - 1)
			if (substr(line, at, 1) == "\"") {
				text = text substr(line, at, RLENGTH)
				line = substr(line, at + RLENGTH)
			} else if (substr(line, at, 2) == "//") {
				said = said " " substr(line, at + 2)
				return
			} else {
				inside = 1
				line = substr(line, at + 2)
			}
		}
	}
	function learn(text,    word, cnt, i) {
		cnt = split(text, word, /[^A-Za-z0-9_]+/)
		for (i = 1; i <= cnt; i++)
			known[word[i]] = 1
	}
	function check(said, where,    word) {
		while (match(said, /[A-Za-z_][A-Za-z0-9_.\/-]*\.(c|h|sh|js|mjs)($|[^A-Za-z0-9_])|[A-Za-z_][A-Za-z0-9_]*(\(\))?/)) {
			word = substr(said, RSTART, RLENGTH)
			said = substr(said, RSTART + RLENGTH)
			if (word ~ /\.(c|h|sh|js|mjs)[^A-Za-z0-9_]?$/) {
				sub(/[^a-z]$/, "", word)
				sub(/^.*\//, "", word)
				if (!(word in is_file) && !(word in known))
					doubt(where, word)
				continue
			}
			if (word !~ /[a-z0-9]_[a-z0-9]|[A-Z0-9]_[A-Z0-9]|\(\)$/)
				continue
			sub(/\(\)$/, "", word)
			# A comment has the name of a parameter in capitals.
			if (!(word in known) && !(tolower(word) in known) && !begins_one(word))
				doubt(where, word)
		}
	}
	# NAME_ stands for all that begin so.
	function begins_one(word,    other) {
		if (word !~ /_$/)
			return 0
		for (other in known)
			if (index(other, word) == 1)
				return 1
		return 0
	}
	function doubt(where, word) {
		print where ": " word
		found = 1
	}
	BEGIN {
		while ((getline line < foreign) > 0) {
			sub(/ .*/, "", line)
			known[line] = 1
		}
	}
	{
		files[++file_cnt] = $0
		path = $0
		sub(/^.*\//, "", path)
		is_file[path] = 1
		sub(/\.(c|h|sh|js|mjs)$/, "", path)
		known[path] = 1
		inside = 0
		number = 0
		while ((getline line < $0) > 0) {
			number++
			split_line(line, $0 ~ /\.[ch]$/)
			learn(text)
			if (said != "") {
				comments[++comment_cnt] = said
				places[comment_cnt] = $0 ":" number
			}
		}
		close($0)
	}
	END {
		for (i = 1; i <= comment_cnt; i++)
			check(comments[i], places[i])
		exit found
	}'
