// SPDX-License-Identifier: BSD-2-Clause

// inlined.go - a program with goroutines, closures and inlined methods.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
)

type point struct{ x, y int }

func (p point) norm() int        { return abs(p.x) + abs(p.y) }
func (p point) add(q point) point { return point{p.x + q.x, p.y + q.y} }

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}

//go:noinline
func walk(points []point) (total int) {
	var at point
	for _, p := range points {
		at = at.add(p)
		total += at.norm()
	}
	return total
}

func main() {
	var wait sync.WaitGroup
	results := make([]int, 4)
	for i := range results {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			results[i] = walk([]point{{i, -i}, {len(os.Args), 2}})
		}(i)
	}
	wait.Wait()
	sort.Slice(results, func(a, b int) bool { return results[a] < results[b] })
	fmt.Println(strings.Repeat("*", len(results)), results)
}
