// What VTL's operators and literals give: Velocity's arithmetic, comparisons, ranges and maps.

const { java } = rt;
const nothing = (value) => value === null || value === undefined;
const numbers = (a, b) => typeof a === 'number' && typeof b === 'number';
const compared = (test) => (a, b) => numbers(a, b) && test(a, b);
const whole = (a, b) => Number.isInteger(a) && Number.isInteger(b);

/** Values of different classes are equal when they print the same: `"123" == 123`. */
function eq(a, b) {
  if (nothing(a) || nothing(b)) return nothing(a) && nothing(b);
  return typeof a === typeof b ? java.equal(a, b) : java.text(a) === java.text(b);
}

rt.vtl.operators = {
  eq,
  map(entries) {
    const made = {};
    for (let at = 0; at < entries.length; at += 2) java.put(made, entries[at], entries[at + 1]);
    return made;
  },
  range(first, last) {
    if (!numbers(first, last)) return null;
    const step = first <= last ? 1 : -1;
    const length = Math.abs(last - first) + 1;
    if (length > 1e6) throw java.exception('IllegalArgumentException', 'a range of more than a million');
    return Array.from({ length }, (_, at) => first + at * step);
  },
  ne: (a, b) => !eq(a, b),
  lt: compared((a, b) => a < b),
  le: compared((a, b) => a <= b),
  gt: compared((a, b) => a > b),
  ge: compared((a, b) => a >= b),
  add(a, b) {
    if (numbers(a, b)) return a + b;
    if (nothing(a) || nothing(b)) return null;
    return typeof a === 'string' || typeof b === 'string' ? java.text(a) + java.text(b) : null;
  },
  sub: (a, b) => (numbers(a, b) ? a - b : null),
  mul: (a, b) => (numbers(a, b) ? a * b : null),
  // Of two integers an integer; of nothing by zero, nothing.
  div: (a, b) => (!numbers(a, b) || b === 0 ? null : whole(a, b) ? Math.trunc(a / b) : a / b),
  divide: (a, b) => (!numbers(a, b) || b === 0 ? null : a / b),
  mod: (a, b) => (!numbers(a, b) || b === 0 ? null : a % b),
};
