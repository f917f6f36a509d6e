# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# wick.bash - completion of wick's commands, options and their arguments.

# The words of $1 that start with what is being typed.
_wick_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_wick_files() {
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
	compopt -o filenames 2>/dev/null
}

# The argument of option $1; fails if it takes none.
_wick_argument() {
	local formats="folded svg html pprof speedscope"
	local palettes="wick hot mem io wakeup chain java js perl red green blue aqua yellow purple orange"
	local events="cpu-clock task-clock page-faults minor-faults major-faults context-switches
		cpu-migrations alignment-faults emulation-faults cycles instructions
		cache-references cache-misses branches branch-misses"

	case $1 in
	--pid | -p) _wick_words "$(ps -eo pid= 2>/dev/null)" "$2" ;;
	--tid | -t) _wick_words "$(ps -eLo tid= 2>/dev/null)" "$2" ;;
	--event | -e)
		if [ "$3" = symbolize ]; then
			_wick_files "$2"
		else
			_wick_words "$events" "$2"
		fi
		;;
	--format)
		[ "$3" = diff ] && formats="folded svg html"
		[ "$3" = symbolize ] && formats="human addr2line json"
		_wick_words "$formats" "$2"
		;;
	--from) _wick_words "folded pprof perf" "$2" ;;
	--colors) _wick_words "$palettes" "$2" ;;
	--bgcolors) _wick_words "yellow blue green grey" "$2" ;;
	--unwind) _wick_words "auto fp cfi" "$2" ;;
	--output | -o | --stats | --elf) _wick_files "$2" ;;
	--cgroup | -G)
		mapfile -t COMPREPLY < <(compgen -d -- "$2")
		compopt -o filenames 2>/dev/null
		;;
	--cpu | -C | --freq | -F | --max-overhead | --duration | -d | --map-entries | --unwind-mem | --symbolize-mem | \
		--debuginfod-timeout | --title | --subtitle | --width | --height | --minwidth | \
		--countname | --nametype | --fonttype | --fontsize | --factor | --total | --notes | \
		--encoding)
		COMPREPLY=()
		;;
	*) return 1 ;;
	esac
}

_wick() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} every="-? --help --usage" talk="-q --quiet -v --verbose"
	local -A options=(
		[record]="-a --all-cpus -C --cpu -p --pid --children -t --tid -G --cgroup -e --event -F --freq
			--max-overhead -d --duration --idle -U --user -K --kernel --unwind --unwind-mem
			--per-process --per-thread --no-inlines --no-demangle --symbolize-mem
			--debuginfod-timeout -o --output --format --no-annotations --stats --map-entries
			$talk $every"
		[flamegraph]="-o --output --format --from --per-process --per-thread --title --subtitle
			--width --height --minwidth --fonttype --fontsize --countname --nametype
			--colors --bgcolors --hash --reverse --inverted --flamechart --negate --factor
			--total --notes --encoding --no-annotations $talk $every"
		[diff]="-o --output --format --from --normalize --title --subtitle --width --inverted
			--no-annotations $talk $every"
		[symbolize]="-e --elf -p --pid -k --kernel --format --no-inlines --no-demangle
			--symbolize-mem $talk $every"
		[doctor]="-p --pid $every"
	)
	local i

	if [ "$COMP_CWORD" = 1 ]; then
		_wick_words "record flamegraph diff symbolize doctor --help --version" "$word"
		return
	fi
	# Behind -- it is another command's line.
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [ "${COMP_WORDS[i]}" = -- ]; then
			declare -F _command_offset >/dev/null && _command_offset $((i + 1))
			return
		fi
	done
	# "--format=svg" arrives as three words.
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if _wick_argument "$before" "$word" "$command"; then
		return
	fi
	case $word in
	-*) _wick_words "${options[$command]:-}" "$word" ;;
	*) _wick_files "$word" ;;
	esac
}

complete -F _wick wick
