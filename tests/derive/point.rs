//! Values for the symbols of a case, the same for a name wherever it stands.

use gradproof::numeric::{Approx, Fraction, IndexEnv, Point, Values, eval};
use gradproof::shape::{Elaborated, Role, Shaped, Symbol, Table};

/// The extent of a dimension by its name.
pub(crate) fn extent(name: &str) -> usize {
    2 + name.bytes().map(usize::from).sum::<usize>() % 4
}

/// The entries of a symbol in row-major order, as its properties demand.
pub(crate) fn entries(symbol: &Symbol, rows: usize, cols: usize) -> Vec<Fraction> {
    let seed: i64 = symbol.name.bytes().map(i64::from).sum();
    let raw = |r: usize, c: usize| {
        let k = seed + 7 * r as i64 + 5 * c as i64 + (r as i64 * c as i64) % 3;
        Fraction::new((k * k + 3 * k) % 13 - 6, 4)
    };
    let p = &symbol.properties;
    let mut out = Vec::new();
    for r in 0..rows {
        for c in 0..cols {
            let mut v = raw(r, c);
            if p.symmetric || p.positive_definite {
                v = raw(r.min(c), r.max(c));
            }
            // A heavy diagonal makes a matrix invertible, a symmetric one positive definite.
            if r == c && rows == cols && rows > 1 {
                v += Fraction::from_integer(9);
            }
            if p.positive {
                v = Fraction::new((seed + 3 * r as i64 + c as i64) % 5 + 1, 3);
            }
            if p.natural {
                v = Fraction::from_integer(3);
            }
            out.push(v);
        }
    }
    out
}

/// The extents of a symbol: rows and columns, 1 where it has none.
pub(crate) fn extents(table: &Table, symbol: &Symbol) -> (usize, usize) {
    let point = Point { dims: dims(table), ..Point::default() };
    let size = |k: usize| symbol.axes.get(k).map_or(1, |d| point.extent(d).unwrap_or(1));
    (size(0), size(1))
}

fn dims(table: &Table) -> Vec<usize> {
    table.dims.iter().map(|name| extent(name)).collect()
}

/// The value of one side of a relation at the point that belongs to its names; `None` where it
/// has none there (a double overflows).
pub(crate) fn value(relation: &Elaborated, of: &Shaped) -> Option<Vec<f64>> {
    let table = &relation.table;
    let values = table.symbols.iter().map(|symbol| {
        (symbol.role == Role::Variable).then(|| {
            let (rows, cols) = extents(table, symbol);
            let point = Point { dims: dims(table), ..Point::default() };
            let sizes =
                symbol.axes.iter().map(|d| point.extent(d).unwrap_or(1)).collect();
            Values { sizes, entries: entries(symbol, rows, cols) }
        })
    });
    let point = Point { values: values.collect(), dims: dims(table), ..Point::default() };
    let array = eval::<Approx>(table, of, &point, &IndexEnv::new(table)).ok()?;
    Some(array.entries().iter().map(|v| v.value).collect())
}
