#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Containers of a real runtime, with what README.md says to give them: capabilities, a filter of
# system calls as docker and podman have it, tracefs.
. "$(dirname "$0")/lib.sh"
need_root
have runc || skip_all "no runc"
have busybox || skip_all "no busybox"

box=$T/box
mkdir -p "$box/root/bin" "$box/root/proc" "$box/root/sys" "$box/root/dev" "$box/root/tmp"
chmod 777 "$box/root/tmp"
cp "$(command -v busybox)" "$box/root/bin/busybox"
ln -s busybox "$box/root/bin/sh"
cp "$WICK" "$WORKLOADS/nofp/calltree" "$box/root/bin"
for program in "$WICK" "$WORKLOADS/nofp/calltree" "$box/root/bin/busybox"; do
	ldd "$program" 2>/dev/null
done | grep -o '/[^ ]*' | sort -u | while read -r library; do
	mkdir -p "$box/root/$(dirname "$library")"
	cp -L "$library" "$box/root/$library"
done

# quoted WORD... : as a list of JSON.
quoted() {
	printf '"%s"\n' "$@" | paste -sd, -
}

# What docker and podman give each container.
USUAL="CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_SETGID CAP_SETUID
	CAP_SETFCAP CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE"

# config FORBIDDEN MOUNT CAPABILITY... : FORBIDDEN system calls, MOUNT one more, each may be "".
config() {
	forbidden=$1 mount=$2
	shift 2
	# Both are lists of words.
	# shellcheck disable=SC2086
	caps=$(quoted $USUAL "$@")
	rules=
	# shellcheck disable=SC2086
	[ -z "$forbidden" ] ||
		rules='{ "names": [ '$(quoted $forbidden)' ], "action": "SCMP_ACT_ERRNO", "errnoRet": 1 }'
	cat >"$box/config.json" <<-JSON
	{ "ociVersion": "1.0.2",
	  "process": { "user": { "uid": 0, "gid": 0 }, "cwd": "/", "noNewPrivileges": true,
	    "env": [ "PATH=/bin" ], "args": [ "sh", "/script" ],
	    "capabilities": { "bounding": [ $caps ], "effective": [ $caps ], "permitted": [ $caps ] } },
	  "root": { "path": "root" },
	  "mounts": [
	    { "destination": "/proc", "type": "proc", "source": "proc" },
	    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs" },
	    { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [ "ro" ] }
	    ${mount:+, $mount} ],
	  "linux": {
	    "namespaces": [ { "type": "pid" }, { "type": "mount" }, { "type": "ipc" }, { "type": "uts" } ],
	    "maskedPaths": [ "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware" ],
	    "readonlyPaths": [ "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" ],
	    "seccomp": { "defaultAction": "SCMP_ACT_ALLOW", "architectures": [ "SCMP_ARCH_X86_64" ],
	      "syscalls": [ $rules ] } } }
	JSON
}

# inside NAME : a command's first stacks may come before its tables.  The ledger and the stacks are then as after `record NAME`.
inside() {
	cat >"$box/root/script" <<-'SH'
	wick doctor >/tmp/doctor
	wick record -F 999 -o /tmp/run.folded --stats /tmp/run.json -- calltree 2
	code=$?
	calltree 5 >/dev/null &
	busybox sleep 0.3
	wick record -F 999 -d 0.5 -p $! -o /tmp/pid.folded --stats /tmp/pid.json
	kill $!
	exit $code
	SH
	rm -f "$box/root/tmp/"*
	(cd "$box" && timeout -k 5 60 runc --root "$T/runc" run "wick-$$-$1") >"$T/last.out" 2>"$T/last.err"
	status=$?
	for file in run pid; do
		for kind in folded json; do
			mv "$box/root/tmp/$file.$kind" "$T/$1-$file.$kind" 2>/dev/null
		done
	done
	mv "$box/root/tmp/doctor" "$T/doctor" 2>/dev/null
}

tier() {
	grep -q "\"tier\": \"$2\", ${3:+\"tier_why\": \"$3\", }\"ticks\"" "$T/$1.json"
}

doctor_says() {
	grep -q "^$1" "$T/doctor"
}

config "" "" CAP_SYS_ADMIN
echo 'exit 7' >"$box/root/script"
(cd "$box" && timeout -k 5 60 runc --root "$T/runc" run "wick-$$") >"$T/last.out" 2>"$T/last.err"
[ $? = 7 ] || skip_all "runc cannot start a container here: $(tail -n 1 "$T/last.err")"

# --cap-add SYS_ADMIN, as it was before Linux 5.8.
inside admin
check "SYS_ADMIN: exit status 0" exited 0
check "SYS_ADMIN, a command: the tier is bpf" tier admin-run bpf
check "SYS_ADMIN, a command: stacks are complete" of_program admin-run calltree 90
check "SYS_ADMIN, -p: the tier is bpf" tier admin-pid bpf
check "SYS_ADMIN, -p: stacks are complete" of_program admin-pid calltree 99
check "SYS_ADMIN, -p: functions are named" seen admin-pid ';main;run;phase_a;leaf_a(;|$)' 50
check "SYS_ADMIN: doctor says what is missing" doctor_says 'note  capabilities .*no cap_sys_ptrace'

# What README.md says: --cap-add BPF, PERFMON, SYS_PTRACE, SYSLOG, and tracefs.
if [ -d /sys/kernel/tracing ]; then
	mkdir "$T/tracing"
	mount -t tracefs tracefs "$T/tracing" && at_exit="umount $T/tracing"
	config "" '{ "destination": "/sys/kernel/tracing", "source": "'"$T/tracing"'",
		"options": [ "bind", "ro" ] }' CAP_BPF CAP_PERFMON CAP_SYS_PTRACE CAP_SYSLOG
	inside few
	check "BPF, PERFMON, tracefs: exit status 0" exited 0
	check "BPF, PERFMON, tracefs, a command: the tier is bpf" tier few-run bpf
	check "BPF, PERFMON, tracefs, a command: stacks are complete" of_program few-run calltree 90
	check "BPF, PERFMON, tracefs, -p: stacks are complete" of_program few-pid calltree 99
	check "BPF, PERFMON, tracefs: doctor says that all is well" \
		doctor_says 'ok    following a command .*tracepoints'
else
	skip "BPF, PERFMON, tracefs" "this kernel has no tracefs"
fi

config "" "" CAP_BPF CAP_PERFMON CAP_SYS_PTRACE CAP_SYSLOG
inside notracefs
check "without tracefs, a command: the tier is perf" tier notracefs-run perf no_tracefs
check "without tracefs, a command: stacks are complete" of_program notracefs-run calltree 99
check "without tracefs, a command: says so, and the remedy" \
	said 'no tracefs.*-v /sys/kernel/tracing:/sys/kernel/tracing'
check "without tracefs, -p: the tier is bpf" tier notracefs-pid bpf
check "without tracefs: doctor says so, and the remedy" \
	doctor_says 'note  following a command .*no tracefs.*-v /sys/kernel/tracing'

# The filter that docker and podman have without the capabilities.
config "bpf perf_event_open" ""
inside nothing
check "nothing given: exit status 1" exited 1
check "nothing given: says that it is the filter, and the remedy" \
	said 'seccomp filter.*perf_event_open.*--cap-add SYS_ADMIN'
refuse "nothing given: does not say to try sudo" said 'try sudo'
check "nothing given: doctor fails" doctor_says 'FAIL  sampling'

# An older profile, which lets bpf through with SYS_ADMIN alone.
config "bpf" "" CAP_BPF CAP_PERFMON CAP_SYS_PTRACE
inside older
check "a filter of bpf alone: the tier is perf" tier older-run perf seccomp
check "a filter of bpf alone: says so, and the remedy" said 'seccomp filter.*forbids bpf.*--cap-add SYS_ADMIN'
check "a filter of bpf alone: stacks are complete" of_program older-run calltree 99

done_testing
