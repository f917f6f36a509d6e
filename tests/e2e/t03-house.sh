#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What guards the sources sees what it is there for: tests/layers.sh, tests/words.sh and
# tests/measures.sh on copies of the tree with a few lines more.
. "$(dirname "$0")/lib.sh"

gone=guess GONE=GUESS # what is written here in one word would exist
TREE=$(cd "$(dirname "$0")/../.." && pwd)

# with FILE LINE COMMAND... : COMMAND in a copy of the tree in which FILE ends with LINE.
with() {
	file=$1
	line=$2
	shift 2
	rm -rf "$T/tree"
	mkdir "$T/tree"
	(cd "$TREE" && cp -r Makefile bpf profiler symbolize flamegraph tests "$T/tree") || return 2
	printf '%s\n' "$line" >>"$T/tree/$file"
	(cd "$T/tree" && "$@") >"$T/said" 2>&1
	last=$?
	[ $last = 0 ] || cat "$T/said" >&2
	return $last
}

said() {
	grep -q "$1" "$T/said"
}

check "the tree as it is has no arrow that runs up or round" \
	with README.none '' tests/layers.sh
refuse "an include that runs up is refused" \
	with profiler/tables/pool.c '#include "profiler/commands/options.h"' tests/layers.sh
check "and said" said 'profiler: tables is below commands'
refuse "a circle of two files in one room is refused" \
	with symbolize/elf/image.h '#include "symbolize/elf/plt.h"' tests/layers.sh
check "and said" said 'symbolize: a circle through elf/'

check "the tree as it is has no comment with a name that is gone" \
	with README.none '' tests/words.sh
refuse "a function that does not exist is found in a comment" \
	with profiler/cpus.c "/* As cpus_$gone() does. */" tests/words.sh
check "and said, with its place" said "^profiler/cpus.c:[0-9]*: cpus_$gone\$"
refuse "a file that does not exist is found in a comment" \
	with profiler/cpus.c '/* See cpu_guesses.h. */' tests/words.sh
refuse "a constant that does not exist is found in a comment" \
	with bpf/sample.h "/* At the most SAMPLE_${GONE}_MAX. */" tests/words.sh
check "a parameter in capitals is none of these" \
	with profiler/cpus.c '/* LIST, and PATH_SIZE of it. */' tests/words.sh

long_function() {
	echo 'static int long_one(void)'
	echo '{'
	seq "$1" | sed 's/.*/	use(&);/'
	echo '}'
}

check "a function of 60 lines is allowed" \
	with profiler/cpus.c "$(long_function 57)" tests/measures.sh
refuse "one of 61 is not" \
	with profiler/cpus.c "$(long_function 58)" tests/measures.sh
check "and is found where it begins" said '^profiler/cpus.c:[0-9]*: a function of 61 lines'
refuse "a header that does not say what it is is found" \
	with profiler/nameless.h 'int nameless(void);' tests/measures.sh
done_testing
