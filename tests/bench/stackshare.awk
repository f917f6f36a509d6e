# SPDX-License-Identifier: BSD-2-Clause
#
# stackshare.awk - of calltree's samples, two percentages: stacks that reach the entry of
# the program, and stacks that are a path of its tree from there.  Of beat's, the share of
# that part of its loop which has the most.
#
#	awk -v from=folded|perf|bpftrace -v program=calltree|beat -f stackshare.awk FILE

function judge_beat(stack, count) {
	if (!match(stack, /;(first|second|third)(;|$)/))
		return
	all += count
	part[substr(stack, RSTART + 1, 2)] += count
}

function judge(stack, count,    entry) {
	if (program == "beat") {
		judge_beat(stack, count)
		return
	}
	all += count
	entry = "(_start|__libc_start_main[^;]*|__libc_start_call_main)"
	if (stack !~ "^" entry "(;|$)")
		return
	complete += count
	while (sub("^" entry ";", "", stack))
		;
	sub(/;(spin|clock_ns|clock_gettime|__clock_gettime[^;]*|__vdso_clock_gettime|\[vdso\]|\[unknown\])(;.*)?$/, "", stack)
	if (stack ~ tree && (stack !~ /leaf_c$/ || gsub(/;recurse/, "", stack) == 60))
		true_cnt += count
}

BEGIN {
	tree = "^main(;run(;phase_a(;leaf_a)?|;phase_b(;mid_b(;leaf_b)?)?" \
		"|;phase_c((;recurse)+(;leaf_c)?)?|;phase_d(;lib_outer(;lib_inner)?)?)?)?$"
}

# comm;outermost;...;innermost COUNT
from == "folded" {
	count = $NF
	sub(/ [0-9]+$/, "")
	gsub(/;[^;]*_\[k\]/, "")
	if (sub("^" program ";?", ""))
		judge($0, count)
	next
}

# perf script -F comm,ip,sym: a line with the name, frames from the innermost on, an empty line
from == "perf" && /^[^ \t]/ {
	stack = ""
	in_stack = 1
	next
}
from == "perf" && NF {
	sub(/^[ \t]*[0-9a-f]+ /, "")
	stack = stack == "" ? $0 : $0 ";" stack
	next
}
from == "perf" && in_stack {
	judge(stack, 1)
	in_stack = 0
	next
}

# @[ / frame+offset / ... / ]: COUNT
from == "bpftrace" && /^@\[/ {
	stack = ""
	next
}
from == "bpftrace" && /^\]: / {
	judge(stack, $2)
	next
}
from == "bpftrace" && /^ +[^ ]/ {
	name = $1
	sub(/\+[0-9]+$/, "", name)
	stack = stack == "" ? name : name ";" stack
}

END {
	if (in_stack)
		judge(stack, 1)
	for (name in part)
		most = part[name] > most ? part[name] : most
	if (all && program == "beat")
		printf "%.2f %d\n", 100 * most / all, all
	else if (all)
		printf "%.2f %.2f %d\n", 100 * complete / all, 100 * true_cnt / all, all
}
