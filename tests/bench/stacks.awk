# SPDX-License-Identifier: BSD-2-Clause
#
# stacks.awk - distinct folded stacks of the shape that big recordings have: some 25
# frames deep, few functions in most of the frames, new stacks branching off old ones.
# The same for the same COUNT in every awk.
#
#	awk -v count=100000 -f stacks.awk >100k.folded

# 0 .. below, of a linear congruential generator that fits into a double.
function dice(below) {
	state = (state * 1103515 + 12345) % 2147483648
	return int(state / 2147483648 * below)
}

# Small numbers are much more likely than large ones.
function name() {
	return names[int(exp(dice(100000) / 100000 * log(5000)))]
}

BEGIN {
	state = 42
	split("net tcp vfs parse exec sql json alloc hash tree io std::vector<int>::", area)
	split("get put walk insert free lock read write", verb)
	for (i = 0; i < 5001; i++)
		names[i] = area[1 + dice(12)] "_" verb[1 + dice(8)] "_" i
	for (i = 0; i < 8; i++)
		stacks[i] = "proc" i ";_start;__libc_start_main;main"
	known = 8
	while (made < count) {
		stack = stacks[dice(known)]
		for (i = 1 + dice(6); i > 0; i--)
			stack = stack ";" name()
		if (stack in seen || length(stack) > 900)
			continue
		seen[stack] = 1
		if (known < 200000)
			stacks[known++] = stack
		print stack, 1 + int(10 / (1 + dice(40)))
		made++
	}
}
