#compdef wick
# SPDX-License-Identifier: BSD-2-Clause
# wick.zsh - completion of wick's commands, options and their arguments in zsh; installed as _wick.
#
# All of it comes from `wick --list-options`, of the wick that is being typed; its lines
# are described in profiler/commands/option_list.h.

# The action of _arguments for what completes $1, as REPLY.
_wick_action() {
	case $1 in
	words\ *) REPLY="(${1#words })" ;;
	file*) REPLY=_files ;;
	folder) REPLY='_files -/' ;;
	process | thread) REPLY=_pids ;;
	*) REPLY=' ' ;;
	esac
}

_wick() {
	local curcontext=$curcontext state line REPLY operands=- row help
	local -a rows field commands specs names
	typeset -A opt_args

	rows=("${(@f)$(${~words[1]} --list-options 2>/dev/null)}")
	for row in $rows; do
		field=("${(@ps:\t:)row}")
		help=${field[7]//(#m)[\[\]:\\]/\\$MATCH}
		if [[ $field[2] == - ]]; then
			commands+=("$field[1]:$help")
			[[ $field[1] == $words[2] ]] && operands=$field[6]
			continue
		fi
		[[ $field[1] == $words[2] ]] || continue
		_wick_action $field[6]
		names=(--$field[2])
		[[ $field[3] != - ]] && names+=(-$field[3])
		for name in $names; do
			if [[ $field[4] == - ]]; then
				specs+=("*${name/\?/\\?}[$help]")
			elif [[ $name == --* ]]; then
				specs+=("*$name=[$help]:$field[4]:$REPLY")
			else
				specs+=("*$name+[$help]:$field[4]:$REPLY")
			fi
		done
	done
	if ((CURRENT == 2)); then
		commands+=('--help:Say what there is' '--version:Print the version')
		_describe -t commands command commands
		return
	fi
	case $operands in
	command) specs+=('(-)1:command:_command_names -e' '*::arguments:_normal') ;;
	file) specs+=('*:file:_files') ;;
	esac
	shift words
	((CURRENT--))
	_arguments -s -S : $specs
}

setopt localoptions extendedglob 2>/dev/null
_wick "$@"
