// SPDX-License-Identifier: BSD-2-Clause

// Goroutines, garbage, closures, defer and system calls, for ever.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func recovers(depth int) (sum int) {
	defer func() {
		if depth == 0 && recover() != nil {
			sum = 1
		}
	}()
	if depth > 5 {
		panic("the bottom")
	}
	return recovers(depth+1) + depth
}

func work(results chan<- int) {
	for {
		sum := fib(15) + recovers(0)
		values := []int{5, 3, 1, 9, 7, 2, 8}
		sort.Slice(values, func(i, j int) bool { return values[i] < values[j] })
		names := map[int]string{}
		for i := 0; i < 50; i++ {
			names[i] = fmt.Sprint(i, strings.Repeat("ab", i))
		}
		if _, err := os.Stat("/proc/self"); err != nil {
			return
		}
		results <- sum + len(names)
	}
}

func main() {
	results := make(chan int)
	for i := 0; i < 3; i++ {
		go work(results)
	}
	for sum := range results {
		if sum < 0 {
			fmt.Println(sum)
		}
	}
}
