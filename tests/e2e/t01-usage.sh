#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is refused at the command line: exit status 2, a reason, nothing written.
. "$(dirname "$0")/lib.sh"

cd "$T" || exit 1

# usage "what" WORDS ARGS... : status 2, WORDS on stderr, no file made.
usage() {
	what=$1 words=$2
	shift 2
	wick "$@"
	check "$what: exit status 2" exited 2
	check "$what: says why" said "$words"
	check "$what: nothing is written" [ -z "$(find "$T" -name 'out*' -o -name 'wick.svg*')" ]
}

usage "no command" "Usage: wick COMMAND"
usage "unknown command" "unknown command 'recrod'" recrod
usage "unknown option" "unrecognized option '--frequency-hz'" record --frequency-hz 9
usage "-F 0" "freq: '0' is not a number from 1" record -F 0 -o out.folded
usage "-F -5" "freq: '-5'" record -F -5 -o out.folded
usage "-F 10k" "freq: '10k'" record -F 10k -o out.folded
usage "-F beyond all numbers" "freq: '99999999999999999999'" record -F 99999999999999999999
usage "-d -1" "duration: '-1' is not a number above 0" record -d -1 -o out.folded
usage "-d 0" "duration: '0'" record -d 0 -o out.folded
usage "-d x" "duration: 'x'" record -d x -o out.folded
usage "-d nan" "duration: 'nan'" record -d nan -o out.folded
usage "-d inf" "duration: 'inf'" record -d inf -o out.folded
usage "-p 0" "pid: '0'" record -p 0 -o out.folded
usage "-p x" "pid: 'x'" record -p 1,x -o out.folded
usage "-p with nothing" "pid: ''" record -p '' -o out.folded
usage "-p with the option behind it" "pid: '-d' is not .*pgrep" record -p -d 10 -o out.folded
usage "-p 1 2" "several ids are one word: 1,2" record -p 1 2
usage "-d 1e9" "duration: '1e9' is above the most" record -d 1e9 -o out.folded
usage "-- without a command" "no command stands behind --" record -o out.folded --
usage "an empty command" "the command is an empty word" record -o out.folded -- ''
usage "-g" "stacks are always recorded" record -g -o out.folded
usage "--call-graph dwarf" "stacks are always recorded" record --call-graph dwarf -o out.folded
usage "-t -1" "tid: '-1'" record -t -1 -o out.folded
usage "-C x" "cpu: 'x' is not a list such as 0,2-5" record -C x -o out.folded
usage "-C 3-1" "cpu: '3-1'" record -C 3-1 -o out.folded
usage "unknown event" "unknown event 'cpu-clack'" record -e cpu-clack -o out.folded
usage "unknown ending" "unknown ending of 'out.jpg'" record -o out.jpg
usage "an ending alone" "unknown ending of '.svg'" record -o .svg
usage "unknown format" "unknown format 'jpeg'" record -o out.x --format jpeg
usage "--format without -o" "no --output stands before it" record --format svg
usage "unknown way to unwind" "unknown method 'dwarf'" record --unwind dwarf
usage "--unwind-mem 0" "unwind-mem: '0'" record --unwind-mem 0
usage "--children without -p" "--children needs --pid" record --children
usage "--debuginfod-timeout 0" "debuginfod-timeout: '0'" record --debuginfod-timeout 0
usage "--debuginfod-timeout 0" "debuginfod-timeout: '0'" symbolize --debuginfod-timeout 0 -k 0
usage "-p and -t together" "exclude each other" record -p 1 -t 1
usage "-p and -a together" "excludes" record -p 1 -a
usage "-p and a command" "excludes" record -p 1 -- true
usage "-U and -K together" "exclude each other" record -U -K
usage "stdout twice" "'-' is an output already" record -o - -o -
usage "stdout for two things" "stats: '-' is an output already" record -o - --stats -
usage "stdout twice by other names" "'/dev/fd/1' is an output already" record -o - -o /dev/fd/1 --format svg
usage "an empty name" "output: the file's name is empty" record -o ''
usage "an empty name for --stats" "stats: the file's name is empty" record --stats '' -o out.svg
usage "a file twice" "'out.svg' is an output already" record -o out.svg -o out.svg
usage "a file for two things" "stats: 'out.folded' is an output already" record -o out.folded --stats out.folded
usage "flamegraph: a file twice" "'out.svg' is an output already" flamegraph -o out.svg -o out.svg
usage "diff: a file twice" "'out.svg' is an output already" diff -o out.svg -o out.svg a b
usage "--map-entries 0" "map-entries: '0'" record --map-entries 0
for percent in 0 -1 100.5 nan inf 1% x ''; do
	usage "--max-overhead '$percent'" "max-overhead: '$percent' is not a percentage above 0" \
		record --max-overhead "$percent" -o out.folded
done
usage "flamegraph: unknown option" "unrecognized option '--colour'" flamegraph --colour red
usage "flamegraph: unknown ending" "unknown ending" flamegraph -o out.png
usage "flamegraph: width 0" "width: '0'" flamegraph --width 0
usage "flamegraph: width too small" "width: '99' is below" flamegraph --width 99
usage "diff: width too small" "width: '99' is below" diff --width 99 a b
usage "flamegraph: height 0" "height: '0'" flamegraph --height 0
usage "flamegraph: minwidth without a number" "minwidth: '' is not a number" flamegraph --minwidth %
usage "flamegraph: minwidth above the whole" "minwidth: '101' is above the most" flamegraph --minwidth 101%
usage "flamegraph: fontsize" "fontsize: 'big'" flamegraph --fontsize big
usage "flamegraph: factor" "factor: '-1'" flamegraph --factor -1
usage "flamegraph: total" "total: '0'" flamegraph --total 0
usage "flamegraph: unknown palette" "unknown palette 'pink'" flamegraph --colors pink
usage "flamegraph: unknown background" "bgcolors: '#12345' is not" flamegraph --bgcolors '#12345'
usage "flamegraph: unknown encoding" "unknown encoding 'klingon'" flamegraph --encoding klingon
usage "flamegraph: a chart reversed" "exclude each other" flamegraph --flamechart --reverse
usage "flamegraph: a chart as text" "only an SVG picture keeps the order" flamegraph --flamechart -o out.folded
usage "flamegraph: a chart as a page" "only an SVG picture keeps the order" flamegraph --flamechart -o out.html
usage "symbolize: no object" "exactly one of" symbolize 1234
usage "symbolize: unknown format" "unknown format 'xml'" symbolize --format xml -k 1234
usage "symbolize: no memory" "symbolize-mem: '0'" symbolize --symbolize-mem 0 -k 1234
usage "record: no memory for names" "symbolize-mem: '0'" record --symbolize-mem 0
usage "symbolize: two objects" "exactly one of" symbolize -k -p 1 1234
usage "dump: no process" "--pid is needed" dump
usage "doctor: arguments" "'now' is not an option" doctor now

for command in record flamegraph diff symbolize dump doctor; do
	wick $command --help
	cp "$T/last.out" "$T/help"
	wick $command -h
	check "wick $command -h: as --help" cmp "$T/help" "$T/last.out"
	wick help $command
	check "wick help $command: too" cmp "$T/help" "$T/last.out"
done
for command in "" record flamegraph symbolize dump doctor; do
	# No word for the program itself.
	# shellcheck disable=SC2086
	wick $command --help
	check "wick $command --help: exit status 0" exited 0
	check "wick $command --help: on stdout" grep -q '^Usage: wick' "$T/last.out"
	check "wick $command --help: nothing on stderr" [ ! -s "$T/last.err" ]
done
wick --version
check "--version has a number" grep -q '^wick [0-9]' "$T/last.out"

done_testing
