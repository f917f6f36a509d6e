// SPDX-License-Identifier: BSD-2-Clause
// inlined.rs - iterators and closures, which leave nothing but inlined calls.
use std::collections::HashMap;
use std::fmt::Display;

struct Grid<T> {
    cells: Vec<T>,
    width: usize,
}

impl<T: Copy + Display + Into<f64>> Grid<T> {
    fn row(&self, y: usize) -> impl Iterator<Item = T> + '_ {
        self.cells[y * self.width..].iter().take(self.width).copied()
    }

    #[inline(never)]
    fn sum(&self) -> f64 {
        (0..self.cells.len() / self.width)
            .flat_map(|y| self.row(y))
            .filter(|c| (*c).into() > 1.0)
            .map(|c| c.into() * 2.0)
            .sum()
    }

    #[inline(never)]
    fn text(&self) -> String {
        self.cells.iter().map(|c| format!("{c:>3}")).collect::<Vec<_>>().join(",")
    }
}

#[no_mangle]
pub extern "C" fn exported(x: u32) -> u32 {
    x.rotate_left(3).wrapping_mul(0x9e37)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let grid = Grid { cells: (0..24).map(|x| x as f32).collect(), width: 4 };
    let mut counts: HashMap<char, u32> = HashMap::new();

    for c in arguments.iter().flat_map(|a| a.chars()) {
        *counts.entry(c).or_default() += exported(c as u32);
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    println!("{} {} {:?}", grid.sum(), grid.text(), sorted.first());
}
