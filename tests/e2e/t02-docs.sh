#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --help, the man page and the completion have the same options.
. "$(dirname "$0")/lib.sh"

SOURCES=$(cd "$(dirname "$0")/../../profiler" && pwd)

# Each of the three as one option a line: "--pid", "-p".
helped() {
	"$WICK" "$1" --help | sed -n 's/^  *\(-.*\)/\1/p' |
		awk '{
			sub(/   .*/, "")
			gsub(/,/, " ")
			gsub(/=[^ ]*/, "")
			for (i = 1; i <= NF; i++)
				if ($i ~ /^-/) print $i
		}' | sort -u
}

# A command's section, and the one for all.
manned() {
	awk -v section="wick $1" '
		/^\.S[sh] / { on = $0 == ".Ss " section || $0 == ".Ss Every command" }
		on && /^\.It Fl / {
			for (i = 3; i <= NF; i++) {
				if ($(i - 1) != "Fl") continue
				sub(/^\\&/, "", $i)
				print "-" $i
			}
		}' "$SOURCES/wick.1" | sort -u
}

completed() {
	bash -c '. "$0"; COMP_WORDS=(wick "$1" -); COMP_CWORD=2; _wick; printf "%s\n" "${COMPREPLY[@]}"' \
		"$SOURCES/wick.bash" "$1" | sort -u
}

same() {
	helped "$1" >"$T/help.list"
	"$2" "$1" >"$T/other.list"
	[ -s "$T/help.list" ] && diff "$T/help.list" "$T/other.list"
}

commands=$("$WICK" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -v sudo)
check "there are commands" [ "$(echo "$commands" | wc -l)" -ge 4 ]
for command in $commands; do
	check "$command: man page and --help have the same options" same "$command" manned
	if have bash; then
		check "$command: completion and --help have the same options" same "$command" completed
	else
		skip "$command: completion" "no bash"
	fi
done

if have bash; then
	typed() {
		# $0: the file; then the words, the last of which is being typed.
		bash -c '. "$0"; COMP_WORDS=(wick "$@"); COMP_CWORD=$#; _wick
			printf "%s " "${COMPREPLY[@]}"' "$SOURCES/wick.bash" "$@"
	}
	check "completion of a command" [ "$(typed rec)" = "record " ]
	check "completion of a format" [ "$(typed record -o x --format s)" = "svg speedscope " ]
	check "completion of a palette" [ "$(typed flamegraph --colors pu)" = "purple " ]
	check "completion of symbolize's formats" \
		[ "$(typed symbolize --format a)" = "addr2line " ]
	check "completion of an event" [ "$(typed record -e page)" = "page-faults " ]
	touch "$T/profile.folded"
	check "completion of a file" [ "$(typed flamegraph "$T/prof")" = "$T/profile.folded " ]
fi

# Every event, format and ending that the program knows is in the page.
"$WICK" record --format nothing 2>"$T/last.err"
for event in cpu-clock task-clock page-faults minor-faults major-faults context-switches \
	cpu-migrations alignment-faults emulation-faults cycles instructions cache-references \
	cache-misses branches branch-misses; do
	check "the man page has the event $event" grep -q "$event" "$SOURCES/wick.1"
	"$WICK" record -e $event -o x.nothing 2>"$T/last.err"
	check "the program knows the event $event" said 'unknown ending'
done
for ending in .folded .txt .svg .html .pb.gz .pprof .speedscope.json; do
	check "the man page has the ending $ending" grep -q "^\\.Pa $ending" "$SOURCES/wick.1"
done
for heading in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' FILES ENVIRONMENT OVERHEAD EXAMPLES LIMITS; do
	check "the man page has $heading" grep -q "^\\.Sh $heading\$" "$SOURCES/wick.1"
done
if have mandoc; then
	check "mandoc has no error" mandoc -T lint -W error "$SOURCES/wick.1"
else
	skip "mandoc has no error" "no mandoc"
fi

done_testing
