# SPDX-License-Identifier: BSD-2-Clause
# wick.fish - completion of wick's commands, options and their arguments in fish.
#
# All of it comes from `wick --list-options`; its lines are described in
# profiler/commands/option_list.h.

# Is it the command $argv[1] that is being typed, and not yet the command behind "--"?
function __wick_is
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = $argv[1]; and not contains -- -- $words
end

function __wick_is_first
    test (count (commandline -opc)) -eq 1
end

# The line behind "--" is another command's.
function __wick_behind
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words); or return
    complete -C (string join ' ' -- (string escape -- $words[(math $at + 1)..-1]) (commandline -ct))
end

complete -c wick -f
complete -c wick -n __wick_is_first -l help -d 'Say what there is'
complete -c wick -n __wick_is_first -l version -d 'Print the version'
complete -c wick -n 'contains -- -- (commandline -opc)' -a '(__wick_behind)'

for row in (command wick --list-options 2>/dev/null)
    set -l field (string split \t -- $row)
    set -l when "__wick_is $field[1]"
    if test "$field[2]" = -
        complete -c wick -n __wick_is_first -a $field[1] -d $field[7]
        if string match -q 'file*' -- $field[6]
            complete -c wick -n $when -F
        end
        continue
    end
    set -l option -c wick -n $when -l $field[2] -d $field[7]
    if test "$field[3]" != -
        set -a option -s $field[3]
    end
    if test "$field[4]" = -
        complete $option
        continue
    end
    switch $field[6]
        case 'words *'
            complete $option -x -a (string replace 'words ' '' -- $field[6])
        case 'file*'
            complete $option -r -F
        case folder
            complete $option -x -a '(__fish_complete_directories)'
        case process thread
            complete $option -x -a '(__fish_complete_pids)'
        case '*'
            complete $option -x
    end
end
