#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A C file that keeps a compiler busy, on standard output: functions with loops,
# switches and deeply nested expressions, for the recursion of its passes.
awk 'BEGIN {
	print "typedef unsigned long u64; extern u64 sink(u64); typedef struct { u64 a[8]; } s8;"
	for (f = 0; f < 400; f++) {
		printf "u64 f%d(u64 x, s8 *s) {\n\tu64 y = x;\n", f
		printf "\tfor (u64 i = 0; i < x %% %d; i++) {\n\t\tswitch ((y + i) %% 7) {\n", f + 3
		for (c = 0; c < 7; c++)
			printf "\t\tcase %d: y += s->a[%d] * i + sink(y ^ %d); break;\n", c, c, f + c
		printf "\t\t}\n\t}\n\treturn "
		for (d = 0; d < 40 + f % 60; d++)
			printf "(s->a[%d] %s ", d % 8, d % 3 ? "+" : "^"
		printf "y"
		for (d = 0; d < 40 + f % 60; d++)
			printf ")"
		printf ";\n}\n"
	}
}'
