# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# wick.bash - completion of wick's commands, options and their arguments in bash.
#
# All of it comes from `wick --list-options`, of the wick that is being typed; its lines
# are described in profiler/commands/option_list.h.

# Offer what completes $1, of which $2 has been typed.
_wick_offer() {
	case $1 in
	words\ *) mapfile -t COMPREPLY < <(compgen -W "${1#words }" -- "$2") ;;
	file*)
		mapfile -t COMPREPLY < <(compgen -f -- "$2")
		compopt -o filenames 2>/dev/null
		;;
	folder)
		mapfile -t COMPREPLY < <(compgen -d -- "$2")
		compopt -o filenames 2>/dev/null
		;;
	process) mapfile -t COMPREPLY < <(compgen -W "$(ps -eo pid= 2>/dev/null)" -- "$2") ;;
	thread) mapfile -t COMPREPLY < <(compgen -W "$(ps -eLo tid= 2>/dev/null)" -- "$2") ;;
	command) mapfile -t COMPREPLY < <(compgen -c -- "$2") ;;
	esac
}

_wick() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local commands="--help --version" options="" operands=- argument=- has_argument=no i
	local command name letter argument_name completes

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
	while IFS=$'\t' read -r command name letter argument_name _ completes _; do
		if [ "$name" = - ]; then
			commands+=" $command"
			[ "$command" = "${COMP_WORDS[1]}" ] && operands=$completes
			continue
		fi
		[ "$command" = "${COMP_WORDS[1]}" ] || continue
		options+=" --$name"
		[ "$letter" = - ] || options+=" -$letter"
		if [ "$argument_name" != - ] && { [ "$before" = "--$name" ] || [ "$before" = "-$letter" ]; }; then
			has_argument=yes argument=$completes
		fi
	done < <("${COMP_WORDS[0]/#\~/$HOME}" --list-options 2>/dev/null)

	if [ "$COMP_CWORD" = 1 ]; then
		_wick_offer "words $commands" "$word"
	elif [ $has_argument = yes ]; then
		_wick_offer "$argument" "$word"
	elif [[ $word == -* ]]; then
		_wick_offer "words $options" "$word"
	else
		_wick_offer "$operands" "$word"
	fi
}

complete -F _wick wick
