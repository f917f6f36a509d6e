#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# measures - how long the files and functions of the islands are, how many of their lines are
# comments, and how many headers begin with what they are.
#
# Exit status 1, and the place, for a function of more than FUNCTION_MAX lines and for a header
# without such a beginning.  A function is what stands between a { and a } of the first column, as
# .clang-format puts them, and its first line is the one that has its name.
set -u
cd "$(dirname "$0")/.." || exit 1

FUNCTION_MAX=60

find bpf profiler symbolize flamegraph -name '*.[ch]' | LC_ALL=C sort | xargs awk -v function_max=$FUNCTION_MAX '
	# Of LIST, sorted, the element below which PERCENT of them lie.
	function quantile(list, cnt, percent,    at) {
		at = int(cnt * percent / 100) + 1
		return list[at > cnt ? cnt : at]
	}
	function sort(list, cnt,    i, j, x) {
		for (i = 2; i <= cnt; i++) {
			x = list[i]
			for (j = i - 1; j >= 1 && list[j] > x; j--)
				list[j + 1] = list[j]
			list[j + 1] = x
		}
	}
	function complain(text) {
		print text
		found = 1
	}
	function file_ends() {
		if (file == "")
			return
		files[++file_cnt] = line_cnt
		if (file ~ /\.h$/) {
			headers++
			has_prologue ? prologues++ : complain(file ": a header that does not say what it is")
			contracts += has_contract
		}
	}
	FNR == 1 {
		file_ends()
		file = FILENAME
		base = file
		sub(/^.*\//, "", base)
		line_cnt = has_prologue = has_contract = in_comment = in_function = 0
	}
	{
		line_cnt = FNR
		all++
	}
	index($0, base " - ") { has_prologue = 1 }
	/Ownership:|Errors:/ { has_contract = 1 }
	in_comment || /^[ \t]*(\/\*|\/\/)/ {
		comments++
		in_comment = in_comment ? !/\*\// : /\/\*/ && !/\*\//
	}
	!in_function && /^[A-Za-z_].*\(/ { first = FNR }
	/^{$/ { in_function = 1 }
	/^}$/ && in_function {
		in_function = 0
		functions[++function_cnt] = FNR - first + 1
		if (FNR - first + 1 > function_max)
			complain(file ":" first ": a function of " FNR - first + 1 " lines, of " function_max " at the most")
	}
	END {
		file_ends()
		sort(files, file_cnt)
		sort(functions, function_cnt)
		printf "%d lines in %d files, median %d, longest %d\n", all, file_cnt,
			quantile(files, file_cnt, 50), files[file_cnt]
		printf "%d functions, median %d lines, 90 %% below %d, 99 %% below %d, longest %d\n", function_cnt,
			quantile(functions, function_cnt, 50), quantile(functions, function_cnt, 90),
			quantile(functions, function_cnt, 99), functions[function_cnt]
		printf "%.1f %% of the lines are comments\n", 100 * comments / all
		printf "%d headers: %.0f %% say what they are, %.0f %% who owns what or what can fail\n", headers,
			100 * prologues / headers, 100 * contracts / headers
		exit found
	}'
