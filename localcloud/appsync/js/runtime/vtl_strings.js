// The public methods of Java's strings, numbers and booleans, on JavaScript's.

const { java } = rt;
const compare = (left, right) => (left < right ? -1 : left > right ? 1 : 0);

const part = (text, from, to) => {
  if (from < 0 || to > text.length || from > to) {
    throw java.exception('StringIndexOutOfBoundsException', `begin ${from}, end ${to}, length ${text.length}`);
  }
  return text.slice(from, to);
};
const pattern = (source, flags, whole) => rt.javaPattern(java.text(source), flags, whole);
// A dollar and digits are a group in both, but $0; JavaScript's other dollar signs mean nothing to Java.
const replacement = (text) => java.text(text).replace(/\\(.)|\$0|\$(?!\d)/g, (found, escaped) => {
  if (found === '$0') return '$&';
  return escaped === '$' || escaped === undefined ? '$$' : escaped;
});

java.string = {
  ...java.common,
  length: (text) => text.length,
  isEmpty: (text) => text === '',
  isBlank: (text) => text.trim() === '',
  charAt: (text, index) => part(text, index, index + 1),
  codePointAt: (text, index) => part(text, index, index + 1) && text.codePointAt(index),
  equalsIgnoreCase: (text, other) => typeof other === 'string' && text.toLowerCase() === other.toLowerCase(),
  compareTo: (text, other) => compare(text, java.text(other)),
  compareToIgnoreCase: (text, other) => compare(text.toLowerCase(), java.text(other).toLowerCase()),
  startsWith: (text, start, at) => text.startsWith(java.text(start), at ?? 0),
  endsWith: (text, end) => text.endsWith(java.text(end)),
  contains: (text, other) => text.includes(java.text(other)),
  indexOf: (text, other, from) => text.indexOf(java.text(other), from ?? 0),
  lastIndexOf: (text, other) => text.lastIndexOf(java.text(other)),
  substring: (text, from, to) => part(text, from, to ?? text.length),
  subSequence: (text, from, to) => part(text, from, to),
  concat: (text, other) => text + java.text(other),
  trim: (text) => text.trim(),
  strip: (text) => text.trim(),
  toLowerCase: (text) => text.toLowerCase(),
  toUpperCase: (text) => text.toUpperCase(),
  replace: (text, old, other) => text.split(java.text(old)).join(java.text(other)),
  replaceAll: (text, source, other) => text.replace(pattern(source, 'g', false), replacement(other)),
  replaceFirst: (text, source, other) => text.replace(pattern(source, '', false), replacement(other)),
  matches: (text, source) => pattern(source, '', true).test(text),
  split(text, source, limit) {
    const separator = pattern(source, 'g', false);
    const parts = [];
    let from = 0;
    for (let found = separator.exec(text); found !== null && parts.length + 1 !== limit; found = separator.exec(text)) {
      if (found[0] === '') separator.lastIndex += 1;
      // No empty piece for a match of no width at the beginning.
      if (found.index + found[0].length > 0 && found.index < text.length) {
        parts.push(text.slice(from, found.index));
        from = found.index + found[0].length;
      }
    }
    parts.push(text.slice(from));
    // Without a limit the empty pieces at the end go.
    if (!limit) while (parts.length > 1 && parts[parts.length - 1] === '') parts.pop();
    return parts;
  },
  toCharArray: (text) => text.split(''),
  getBytes: (text) => text,
  repeat: (text, times) => text.repeat(times),
  join: (text, separator, ...parts) =>
    (parts.length === 1 && Array.isArray(parts[0]) ? parts[0] : parts).map(java.text).join(java.text(separator)),
  valueOf: (text, value) => java.text(value),
};

const noNumber = (text) => java.exception('NumberFormatException', `For input string: "${java.text(text)}"`);
const integer = (text) => {
  if (!/^[+-]?\d+$/.test(java.text(text))) throw noNumber(text);
  return Number(text);
};
const double = (text) => {
  const value = Number(java.text(text).trim());
  if (Number.isNaN(value)) throw noNumber(text);
  return value;
};
// A number's static methods are called on any number: #set($Integer = 0) $Integer.parseInt("7")
java.number = {
  ...java.common,
  intValue: (value) => Math.trunc(value) | 0,
  longValue: (value) => Math.trunc(value),
  doubleValue: (value) => value,
  floatValue: (value) => value,
  isNaN: (value, other) => Number.isNaN(other ?? value),
  compareTo: (value, other) => compare(value, other),
  parseInt: (_, text) => integer(text),
  parseLong: (_, text) => integer(text),
  parseDouble: (_, text) => double(text),
  parseFloat: (_, text) => double(text),
  valueOf: (_, text) => (typeof text === 'number' ? text : double(text)),
  toString: (value, other) => java.text(other ?? value),
  max: (_, a, b) => Math.max(a, b),
  min: (_, a, b) => Math.min(a, b),
};

java.boolean = {
  ...java.common,
  booleanValue: (value) => value,
  compareTo: compare,
  parseBoolean: (_, text) => java.text(text).toLowerCase() === 'true',
  valueOf: (_, text) => java.text(text).toLowerCase() === 'true',
};
