# SPDX-License-Identifier: BSD-2-Clause
# Subroutines, regular expressions, sorting with a callback and files, for ever.
use strict;
use warnings;

sub fib { my $n = shift; return $n < 2 ? $n : fib($n - 1) + fib($n - 2); }

while (1) {
    my %counts;
    fib(10);
    $counts{$_ % 77} .= "x" for 1 .. 1000;
    my @sorted = sort { $counts{$a} cmp $counts{$b} or $a <=> $b } keys %counts;
    my $text = join(",", @sorted);
    $text =~ s/(\d+),(\d+)/$2,$1/g;
    my $read = eval { die { at => length $text } } || $@->{at};
    stat("/proc/self") for 1 .. 20;
}
