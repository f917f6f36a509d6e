#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pprof and speedscope: what is recorded opens in other tools and says the same there.
. "$(dirname "$0")/lib.sh"

SOURCES=$(cd "$(dirname "$0")/../.." && pwd)
cd "$T" || exit 1

# From folded stacks and back.
printf 'c;main;f_[i] 5\nc;main;k_[k] 7\nc;main;j_[j];g_[i] 2\nc;[libx.so] 1\n' | LC_ALL=C sort >in.folded
wick flamegraph in.folded -o out.pb.gz -o out.pprof -o named --format pprof
check "flamegraph: pprof by either ending or by name" exited 0
check "flamegraph: .pb.gz and .pprof are the same" cmp out.pb.gz out.pprof
check "flamegraph: --format pprof too" cmp out.pb.gz named
wick flamegraph out.pb.gz -o back.folded
check "pprof is recognized as input, and nothing was lost" cmp in.folded back.folded
"$WICK" flamegraph - -o back.folded <out.pb.gz 2>"$T/last.err"
check "pprof from stdin" cmp in.folded back.folded
wick flamegraph out.pb.gz in.folded -o twice.folded
check "pprof and folded stacks are merged" grep -q '^c;main;f_\[i\] 10$' twice.folded
wick flamegraph --from pprof out.pb.gz -o back.folded
check "--from pprof" cmp in.folded back.folded
wick flamegraph --from pprof in.folded -o wrong.folded
check "--from pprof and folded stacks: exit status 1" exited 1
check "--from pprof and folded stacks: says so" said 'in.folded is damaged: its gzip data do not unpack'

# Damage.
size=$(wc -c <out.pb.gz)
head -c $((size - 3)) out.pb.gz >cut.pb.gz
wick flamegraph cut.pb.gz -o cut.svg
check "a pprof file that is cut off: exit status 1" exited 1
check "a pprof file that is cut off: says so" said 'cut.pb.gz is cut off'
check "a pprof file that is cut off: nothing is written" [ ! -e cut.svg ]
echo 'a;b 1' | gzip >text.gz
wick flamegraph text.gz -o text.svg
check "compressed text: exit status 1" exited 1
check "compressed text: says so" said 'text.gz does not hold a pprof profile'
gzip -d <out.pb.gz | head -c 40 | gzip >short.pb.gz
wick flamegraph short.pb.gz -o short.svg
check "a message that is cut off: exit status 1" exited 1
head -c 600000000 /dev/zero | gzip -1 >bomb.gz
wick flamegraph bomb.gz -o bomb.svg
check "a decompression bomb: exit status 1" exited 1
check "a decompression bomb: says so" said 'bomb.gz is larger than 512 MiB when unpacked'

# speedscope
wick flamegraph in.folded -o out.speedscope.json -o named.json --format speedscope
check "flamegraph: speedscope by ending or by name" cmp out.speedscope.json named.json
if have python3; then
	cat >check.py <<-'END'
		import json, sys
		file = json.load(open(sys.argv[1]))
		frames = [frame["name"] for frame in file["shared"]["frames"]]
		profile = file["profiles"][0]
		assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
		assert file["exporter"].startswith("wick@") and profile["type"] == "sampled"
		assert len(profile["samples"]) == len(profile["weights"])
		assert sum(profile["weights"]) == profile["endValue"] and profile["startValue"] == 0
		lines = [";".join(frames[i] for i in stack) + " %d" % weight
		         for stack, weight in zip(profile["samples"], profile["weights"])]
		print("\n".join(sorted(lines, key=lambda line: line.encode())))
	END
	python3 check.py out.speedscope.json >speedscope.folded
	check "speedscope: valid, with the same stacks" cmp in.folded speedscope.folded
else
	skip "speedscope: valid, with the same stacks" "no python3"
fi

if [ "$(id -u)" != 0 ]; then
	skip "recordings" "needs root"
	done_testing
	exit
fi

# A recording says the same in each of its outputs.
wick record -F 499 -o run.folded -o run.pb.gz -o run.speedscope.json --stats run.json -- \
	"$WORKLOADS/calltree" 2
check "record: three formats of one run" exited 0
cp last.out truth.out
wick flamegraph run.pb.gz -o run2.folded
check "record: the pprof file has the stacks of the folded one" cmp run.folded run2.folded
if have python3; then
	python3 check.py run.speedscope.json >speedscope.folded
	check "record: so has the speedscope file" cmp run.folded speedscope.folded
fi
start "$WORKLOADS/jit" 60 >/dev/null
jit=$last
wick record -a -F 499 -d 1 -o all.folded -o all.pb.gz
check "record -a: pprof" exited 0
wick flamegraph all.pb.gz -o all2.folded
check "record -a: the pprof file has the stacks of the folded one" cmp all.folded all2.folded
stop "$jit"

# The reference tool.
if ! have go || ! go tool pprof -h 2>&1 | grep -q 'usage'; then
	skip "go tool pprof" "no go"
	done_testing
	exit
fi
HOME=$T go tool pprof -top -sample_index=samples -nodecount=1000 run.pb.gz >top.txt 2>top.err
check "go tool pprof -top: opens" grep -q 'flat%' top.txt
# cum FUNCTION : its share of all samples, in percent.
cum() {
	awk -v name="$1" '$6 == name { sub(/%/, "", $5); print $5; exit }' top.txt
}
agrees() {
	folded=$(awk -v all="$(total run.folded)" -v part="$(total run.folded ";$1(;|\$)")" \
		'BEGIN { print 100 * part / all }')
	awk -v a="$(cum "$1")" -v b="$folded" 'BEGIN {
		print a " %, folded " b " %"
		exit !(a > 0 && a - b < 0.01 && b - a < 0.01)
	}'
}
for function in leaf_a leaf_b phase_c lib_inner main; do
	check "go tool pprof -top: the share of $function" agrees $function
done
HOME=$T go tool pprof -raw run.pb.gz >raw.txt 2>raw.err
check "go tool pprof -raw: the period" grep -q '^Period: 2004008$' raw.txt
check "go tool pprof -raw: samples and time" grep -q '^samples/count cpu/nanoseconds' raw.txt
check "go tool pprof -raw: labels" grep -q 'comm:\[calltree\]' raw.txt
check "go tool pprof -raw: the process" grep -q 'pid:\[[0-9]*\]' raw.txt
# Its number is not always 1: mappings are numbered as samples meet them.
sed -n '/^Mappings/{n;p;}' raw.txt >first.txt
check "go tool pprof -raw: the program is the first mapping" \
	grep -q '^[0-9]*: 0x[0-9a-f]*/0x[0-9a-f]*/0x[0-9a-f]* .*calltree .*\[FN\]' first.txt
wick record -q -F 499 -o faults.pb.gz -- "$WORKLOADS/faults" 1
check "go tool pprof -raw: the kernel" sh -c 'go tool pprof -raw faults.pb.gz 2>/dev/null |
	grep -qF "[kernel.kallsyms]"'
if have readelf; then
	id=$(readelf -n "$WORKLOADS/calltree" | sed -n 's/.*Build ID: //p')
	check "go tool pprof -raw: the build-id" grep -q "calltree $id" raw.txt
fi
# Every address lies in its mapping.
in_mappings() {
	sed -n '/^Mappings/,$p' raw.txt | sed -n 's/^\([0-9]*\): \(0x[0-9a-f]*\)\/\(0x[0-9a-f]*\)\/.*/\1 \2 \3/p' >maps.txt
	sed -n 's/^ *[0-9]*: \(0x[0-9a-f]*\) M=\([0-9]*\) .*/\2 \1/p' raw.txt | sort -u >places.txt
	[ -s maps.txt ] && [ -s places.txt ] || return 1
	while read -r map ip; do
		# The shell's numbers end below the kernel's.
		[ "$map" != "$kernel" ] || continue
		awk -v map="$map" '$1 == map { print $2, $3 }' maps.txt | {
			read -r low high
			[ $((ip)) -ge $((low)) ] && [ $((ip)) -lt $((high)) ]
		} || { echo "$ip is not in mapping $map"; return 1; }
	done <places.txt
}
kernel=$(sed -n 's/^\([0-9]*\): .*kernel.kallsyms.*/\1/p' raw.txt)
check "go tool pprof -raw: every address is in its mapping" in_mappings
check "go tool pprof -raw: source lines" grep -q 'phase_a .*calltree.c:[0-9]' raw.txt
(cd "$SOURCES" && HOME=$T go tool pprof -list '^phase_a$' "$T/run.pb.gz") >list.txt 2>list.err
check "go tool pprof -list: the source of a function" grep -q 'leaf_a(x' list.txt
if have dot; then
	HOME=$T go tool pprof -svg run.pb.gz >graph.svg 2>svg.err
	check "go tool pprof -svg: a graph" grep -q 'leaf_a' graph.svg
else
	skip "go tool pprof -svg" "no graphviz"
fi
HOME=$T go tool pprof -proto -output again.pb.gz run.pb.gz >proto.out 2>proto.err
wick flamegraph again.pb.gz -o again.folded
check "go tool pprof -proto: what it writes reads as the same" cmp run.folded again.folded

done_testing
