# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# priority.sh - what else runs here must not decide what a row measures: as root the tests run
# before other programs.  To be sourced; give_priority_back belongs into the clean-up.
#
# Where the kernel makes a group of each session, the group's share of the CPUs has a nice value of
# its own, which leaves that of wick's threads and of what they sample as they are to each other.

session=/proc/$$/autogroup
session_nice=
if [ "$(cat /proc/sys/kernel/sched_autogroup_enabled 2>/dev/null)" = 1 ]; then
	session_nice=$(sed -n 's/.* nice //p' "$session")
	echo -15 2>/dev/null >"$session"
else
	renice -n -15 -p $$ >/dev/null 2>&1
fi

give_priority_back() {
	[ -z "$session_nice" ] || echo "$session_nice" 2>/dev/null >"$session"
}
