#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --help, the man page and the completion of each shell have the options of `--list-options`,
# which come from the tables that the options are parsed by.
. "$(dirname "$0")/lib.sh"

SOURCES=$(cd "$(dirname "$0")/../../profiler" && pwd)
PATH=$(dirname "$WICK"):$PATH
MAN=$SOURCES/wick.1

# COMMAND: its lines, without that of the command itself.
listed() {
	"$WICK" --list-options "$1" | awk -F '\t' '$2 != "-"'
}

# Options of stdin's lines as "--pid", "-p", one a line.
names() {
	awk -F '\t' '{ print "--" $2; if ($3 != "-") print "-" $3 }' | sort -u
}

helped() {
	"$WICK" "$1" --help | sed -n 's/^  *\(-.*\)/\1/p' |
		awk '{
			sub(/   .*/, "")
			gsub(/,/, " ")
			gsub(/=[^ ]*/, "")
			for (i = 1; i <= NF; i++)
				if ($i ~ /^-/) print $i
		}' | sort -u
}

# The page's options: "COMMAND letter long argument", a tab, and what is said of it.
manned() {
	awk '
		function flush() {
			if (long != "")
				print command, letter, long, (arg == "" ? "-" : arg) "\t" said
			long = ""
		}
		/^\.S[sh] / || /^\.El/ { flush() }
		/^\.S[sh] / { command = /^\.Ss wick [a-z]*$/ ? $3 : $0 == ".Ss Every command" ? "*" : "" }
		command != "" && /^\.It Fl / {
			flush()
			letter = "-"; arg = said = is_open = ""
			for (i = 2; i <= NF; i++) {
				if ($i == "Fl") {
					sub(/^\\&/, "", $++i)
					if ($i ~ /^-/) long = substr($i, 2)
					else letter = $i
				} else if ($i == "Op") {
					is_open = "]"
					arg = arg "["
				} else if ($i !~ /^(Ar|Ns|Cm|Li)$/ && (arg != "" || $i != ",")) {
					arg = arg $i
				}
			}
			arg = arg is_open
			next
		}
		long != "" { said = said " " $0 }
		END { flush() }' "$MAN"
}

# COMMAND: "letter long argument" of the page, and of the program.
man_options() {
	cut -f 1 "$T/man.items" | sed -n "s/^\($1\|\*\) //p" | sort
}

program_options() {
	listed "$1" | awk -F '\t' '{ print $3, $2, $4 }' | sort
}

# COMMAND: the defaults and words that the page does not have with their option.
not_said() {
	listed "$1" | awk -F '\t' -v command="$1" '
		# Is WORD in TEXT, and not a part of another?
		function has(text, word,    at) {
			while ((at = index(text, word))) {
				if (substr(" " text, at, 1) !~ /[A-Za-z0-9]/ &&
				    substr(text " ", at + length(word), 1) !~ /[A-Za-z0-9]/)
					return 1
				text = substr(text, at + 1)
			}
			return 0
		}
		NR == FNR {
			split($1, item, " ")
			said[item[1], item[3]] = $2
			everywhere[item[3]] = everywhere[item[3]] $2
			next
		}
		$5 != "-" && !has(said[command, $2], $5) { print "default of --" $2 ": " $5 }
		$6 ~ /^words / && !(($2 == "format") && said[command, $2] ~ /FORMATS|As above/) {
			cnt = split($6, word, " ")
			for (i = 2; i <= cnt; i++)
				if (!has(everywhere[$2], word[i])) print "--" $2 ": " word[i]
		}' "$T/man.items" -
}

# LIST, COMMAND: the program's options of that command are those that LIST prints.
same() {
	listed "$2" | names >"$T/program.list"
	"$1" "$2" >"$T/other.list"
	[ -s "$T/program.list" ] && diff "$T/program.list" "$T/other.list"
}

same_in_man() {
	program_options "$1" >"$T/program.list"
	man_options "$1" >"$T/other.list"
	[ -s "$T/program.list" ] && diff "$T/program.list" "$T/other.list"
}

says_nothing() {
	out=$("$@") && [ -z "$out" ] && return
	diag "$out"
	return 1
}

# What each shell offers for the line of these words, the last of which is being typed.
bash_offers() {
	bash -c '. "$0"; COMP_WORDS=(wick "$@"); COMP_CWORD=$#; _wick
		printf "%s\n" "${COMPREPLY[@]}"' "$SOURCES/wick.bash" "$@"
}

fish_offers() {
	fish --no-config -c 'source $argv[1]; complete -C "wick $argv[2..-1]"' \
		"$SOURCES/wick.fish" "$@" 2>/dev/null | cut -f 1
}

# A terminal of zsh, in which a tab writes what it offers to a file.
zsh_offers() {
	mkdir -p "$T/zsh"
	cp "$SOURCES/wick.zsh" "$T/zsh/_wick"
	rm -f "$T/zsh.out"
	cat >"$T/zsh.rc" <<-END
		PS1= LISTMAX=0
		fpath=($T/zsh \$fpath)
		autoload -U compinit && compinit -C -u -d $T/zsh.dump
		compadd() {
			local -a offered
			builtin compadd -O offered "\$@"
			print -l -- \$offered >>$T/zsh.out
			builtin compadd "\$@"
		}
		offer() { _main_complete; : >$T/zsh.done }
		zle -C offer complete-word offer
		bindkey '^I' offer
	END
	rm -f "$T/zsh.done"
	timeout 60 zsh -f -c 'zmodload zsh/zpty
		zpty shell zsh -f -i
		zpty -w shell "source $1/zsh.rc; : >$1/zsh.ready"
		while [ ! -e $1/zsh.ready ]; do zpty -r -t shell; sleep 0.1; done
		zpty -w -n shell "$2"
		while [ ! -e $1/zsh.done ]; do zpty -r -t shell; sleep 0.1; done' \
		zsh "$T" "$(printf 'wick %s\t' "$*")" >/dev/null 2>&1
	rm -f "$T/zsh.ready"
	sed 's/=$//' "$T/zsh.out" 2>/dev/null
}

# The options that a shell offers for COMMAND.
bash_options() { bash_offers "$1" - | sort -u; }
fish_options() { { fish_offers "$1" -; fish_offers "$1" --; } | sort -u; }
zsh_options() { zsh_offers "$1" - | grep '^-.' | sort -u; }

# WORDS, and the words of the line: the shell offers just these.
offers() {
	want=$1
	shift
	got=$("${shell}_offers" "$@" | grep . | sort -u | tr '\n' ' ')
	[ "$got" = "$want " ] || { diag "offered: $got"; return 1; }
}

commands=$("$WICK" --list-options | awk -F '\t' '$2 == "-" { print $1 }')
manned >"$T/man.items"
check "there are commands" [ "$(echo "$commands" | wc -l)" -ge 5 ]
check "--help names them" [ "$("$WICK" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -v sudo)" = "$commands" ]
for command in $commands; do
	check "$command: --help has the options of --list-options" same helped "$command"
	check "$command: the man page has them, with their arguments" same_in_man "$command"
	check "$command: the man page has each default and each word" says_nothing not_said "$command"
done
wick --list-options recrod
check "options of an unknown command: a usage error" exited 2

for shell in bash zsh fish; do
	if ! have $shell; then
		skip "completion by $shell" "no $shell"
		continue
	fi
	for command in $commands; do
		check "$shell completes the options of $command" same ${shell}_options "$command"
	done
	touch "$T/profile.folded"
	check "$shell: a command" offers record rec
	check "$shell: a format" offers "speedscope svg" record -o x --format s
	check "$shell: a difference's format" offers "folded" diff --format f
	check "$shell: a palette" offers purple flamegraph --colors pu
	check "$shell: symbolize's formats" offers addr2line symbolize --format a
	check "$shell: an event by its letter" offers page-faults record -e page
	check "$shell: the format of the input" offers "perf pprof" flamegraph --from p
	(cd "$T" && offers profile.folded flamegraph prof)
	check "$shell: a file" [ $? = 0 ]
done

# The formats, their names and endings.
formats() {
	awk '/^\.S[sh] / { on = $0 == ".Sh FORMATS" }
		on && /^\.It Cm/ { print $3; for (i = 5; i <= NF; i++) if ($i != ",") print $i }' "$MAN"
}
words_of() {
	listed record | awk -F '\t' -v name="$1" '$2 == name { print $6 }' | tr ' ' '\n' | tail -n +2
}
check "the man page has the names of the formats" \
	[ "$(formats | grep -v '^\.')" = "$(words_of format)" ]
check "the man page has the endings of the formats" \
	[ "$(formats | grep '^\.')" = "$(words_of output)" ]
for event in $(words_of event); do
	"$WICK" record -e "$event" -o x.nothing 2>"$T/last.err"
	check "the program takes the event $event" said 'unknown ending'
done
for heading in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' FILES ENVIRONMENT OVERHEAD EXAMPLES LIMITS; do
	check "the man page has $heading" grep -q "^\\.Sh $heading\$" "$MAN"
done
if have mandoc; then
	check "mandoc has no error" mandoc -T lint -W error "$MAN"
else
	skip "mandoc has no error" "no mandoc"
fi

done_testing
