// SPDX-License-Identifier: BSD-2-Clause
//! Closures, collections, formatting and panics that are caught, for ever.
use std::collections::HashMap;

fn fib(n: u64) -> u64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[inline(never)]
fn fails(depth: u64) -> u64 {
    let name = format!("depth {depth}");
    if depth == 0 {
        panic!("the bottom");
    }
    fails(depth - 1) + name.len() as u64
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut sum = 0u64;
    for turn in 0u64.. {
        sum = sum.wrapping_add(fib(15));
        let map: HashMap<u64, String> = (0..200).map(|i| (i * turn, i.to_string())).collect();
        let mut items: Vec<_> = map.into_iter().collect();
        items.sort_by(|a, b| b.1.cmp(&a.1));
        sum = sum.wrapping_add(items[0].0);
        if std::panic::catch_unwind(|| fails(10)).is_err() {
            sum = sum.wrapping_add(1);
        }
        if std::fs::metadata("/proc/self").is_err() {
            return;
        }
    }
    println!("{sum}");
}
