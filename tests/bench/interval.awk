# SPDX-License-Identifier: BSD-2-Clause
#
# interval.awk - the median of numbers, one a line, and the interval that holds the true
# median with 95 % confidence, whatever their distribution: "median low high".
#
#	sort -g | awk -f interval.awk [-v percent=99]
#
# The number of values below the true median is binomial: as many ranks are left out at each
# end as have no more than half of the remaining probability.  Values that are too few for
# that (five and less at 95 %) have no interval: "median - -".

{ value[NR] = $1 }

END {
	if (!NR)
		exit 1
	term = exp(-NR * log(2))
	for (left_out = 0; left_out < NR / 2; left_out++) {
		sum += term
		if (sum > (1 - (percent ? percent : 95) / 100) / 2)
			break
		term *= (NR - left_out) / (left_out + 1)
	}
	middle = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
	if (left_out)
		printf "%.4f %.4f %.4f\n", middle, value[left_out], value[NR + 1 - left_out]
	else
		printf "%.4f - -\n", middle
}
