# SPDX-License-Identifier: BSD-2-Clause
#
# pyshare.awk - of the samples in the functions of five.py, the percentage of each: lines "function
# percentage".
#
#	awk -v names="scan rank ..." -f pyshare.awk FOLDED
#
# A frame is `rank (DIRECTORY/five.py:12)`, or austin's `DIRECTORY/five.py:rank:12`.

BEGIN {
	cnt = split(names, name, " ")
	for (i = 1; i <= cnt; i++)
		frame[i] = "(^|;)(" name[i] " \\(([^;]*/)?five\\.py|[^;]*five\\.py:" name[i] ":)"
}

{
	for (i = 1; i <= cnt; i++)
		if ($0 ~ frame[i]) {
			count[i] += $NF
			all += $NF
			next
		}
}

END {
	for (i = 1; i <= cnt && all; i++)
		print name[i], 100 * count[i] / all
}
