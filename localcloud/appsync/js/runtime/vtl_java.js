// Java's values as VTL sees them: what they print, when they are equal, and their public methods.
//
// A template's maps, lists, strings, numbers and booleans are JavaScript's own; here are the names that
// java.util and java.lang have for what can be done with them. null is null, and so is undefined.

const java = {};
const define = Object.defineProperty;
const own = (object, name) => Object.hasOwn(object, name);
const nothing = (value) => value === null || value === undefined;

/** One of a map's entries: entrySet() gives these. */
java.Entry = class Entry {
  constructor(map, key) {
    this.map = map;
    this.key = key;
  }

  get value() {
    return this.map[this.key];
  }

  toJSON() {
    return { [this.key]: this.value };
  }
};

/** An exception of Java's, by its own name. */
java.exception = (name, message) => new rt.Refusal(`${name}: ${message}`);

function decimal(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e19) return String(value);
  const size = Math.abs(value);
  if (!Number.isFinite(value) || (size >= 1e-3 && size < 1e7)) return String(value);
  // Double.toString: one digit before the point, at least one behind it.
  const [digits, exponent] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** Lists that came of JSON in API Gateway's templates: there they are shown as JSON. */
java.jsonLists = new WeakSet();

/** What toString() gives. */
java.text = (value) => {
  if (nothing(value)) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return decimal(value);
  if (Array.isArray(value)) return java.jsonLists.has(value) ? rt.stringify(value) : `[${value.map(java.text).join(', ')}]`;
  if (value instanceof java.Entry) return `${java.text(value.key)}=${java.text(value.value)}`;
  if (value instanceof java.Lazy) return value.render();
  if (typeof value === 'object') {
    return `{${Object.keys(value).map((key) => `${key}=${java.text(value[key])}`).join(', ')}}`;
  }
  return String(value);
};

/** What #define makes: a block that is rendered whenever it is shown. */
java.Lazy = class Lazy {
  constructor(render) {
    this.render = render;
  }
};

/** What equals() tells: maps and lists by what is in them. */
java.equal = (left, right) => {
  if (left === right) return true;
  if (nothing(left) || nothing(right)) return nothing(left) && nothing(right);
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  if (left instanceof java.Entry) {
    return right instanceof java.Entry && left.key === right.key && java.equal(left.value, right.value);
  }
  const names = Object.keys(left);
  return names.length === Object.keys(right).length
    && names.every((name) => own(right, name) && java.equal(left[name], right[name]));
};

java.put = (map, key, value) => {
  const name = java.text(key);
  const before = own(map, name) ? map[name] : null;
  // Not map[name] = value: "__proto__" is a key like any other.
  define(map, name, { value: value ?? null, writable: true, enumerable: true, configurable: true });
  return before;
};

const collection = (value, method) => {
  if (Array.isArray(value)) return value;
  throw java.exception('IllegalArgumentException', `${method} takes a list`);
};
const position = (list, index, limit) => {
  if (typeof index !== 'number' || index < 0 || index >= limit) {
    throw java.exception('IndexOutOfBoundsException', `Index: ${java.text(index)}, Size: ${list.length}`);
  }
  return index;
};
const find = (list, value) => list.findIndex((one) => java.equal(one, value));
const findLast = (list, value) => list.findLastIndex((one) => java.equal(one, value));
const replaceIn = (list, kept) => {
  const changed = kept.length !== list.length;
  list.splice(0, list.length);
  for (const one of kept) list.push(one);
  return changed;
};
const hash = (text) => {
  let value = 0;
  for (let i = 0; i < text.length; i += 1) value = (Math.imul(value, 31) + text.charCodeAt(i)) | 0;
  return value;
};
java.common = {
  equals: java.equal,
  toString: java.text,
  hashCode: (value) => hash(java.text(value)),
};

java.list = {
  ...java.common,
  size: (list) => list.length,
  isEmpty: (list) => list.length === 0,
  get: (list, index) => list[position(list, index, list.length)],
  set(list, index, value) {
    const before = list[position(list, index, list.length)];
    list[index] = value ?? null;
    return before;
  },
  add(list, ...given) {
    if (given.length < 2) {
      list.push(given[0] ?? null);
      return true;
    }
    list.splice(position(list, given[0], list.length + 1), 0, given[1] ?? null);
    return '';
  },
  addAll(list, ...given) {
    const others = collection(given[given.length - 1], 'addAll').slice();
    const at = given.length < 2 ? list.length : position(list, given[0], list.length + 1);
    const behind = list.splice(at, list.length - at);
    for (const part of [others, behind]) for (const one of part) list.push(one);
    return others.length > 0;
  },
  remove(list, value) {
    if (typeof value === 'number') return list.splice(position(list, value, list.length), 1)[0];
    const at = find(list, value);
    if (at >= 0) list.splice(at, 1);
    return at >= 0;
  },
  removeAll: (list, others) => replaceIn(list, list.filter((one) => find(collection(others, 'removeAll'), one) < 0)),
  retainAll: (list, others) => replaceIn(list, list.filter((one) => find(collection(others, 'retainAll'), one) >= 0)),
  clear(list) {
    list.splice(0, list.length);
    return '';
  },
  contains: (list, value) => find(list, value) >= 0,
  containsAll: (list, others) => collection(others, 'containsAll').every((one) => find(list, one) >= 0),
  indexOf: find,
  lastIndexOf: findLast,
  subList(list, from, to) {
    position(list, to, list.length + 1);
    return list.slice(position(list, from, to + 1), to);
  },
  toArray: (list) => list.slice(),
};

java.map = {
  ...java.common,
  get: (map, key) => (own(map, java.text(key)) ? map[java.text(key)] : null),
  getOrDefault: (map, key, other) => (own(map, java.text(key)) ? map[java.text(key)] : other),
  put: java.put,
  putAll(map, others) {
    if (!rt.isObject(others)) throw java.exception('IllegalArgumentException', 'putAll takes a map');
    for (const key of Object.keys(others)) java.put(map, key, others[key]);
    return '';
  },
  putIfAbsent(map, key, value) {
    const before = java.map.get(map, key);
    if (nothing(before)) java.put(map, key, value);
    return before;
  },
  replace: (map, key, value) => (own(map, java.text(key)) ? java.put(map, key, value) : null),
  remove(map, key) {
    const name = java.text(key);
    const before = java.map.get(map, name);
    delete map[name];
    return before;
  },
  clear(map) {
    for (const key of Object.keys(map)) delete map[key];
    return '';
  },
  containsKey: (map, key) => own(map, java.text(key)),
  containsValue: (map, value) => Object.values(map).some((one) => java.equal(one, value)),
  keySet: (map) => Object.keys(map),
  values: (map) => Object.values(map),
  entrySet: (map) => Object.keys(map).map((key) => new java.Entry(map, key)),
  size: (map) => Object.keys(map).length,
  isEmpty: (map) => Object.keys(map).length === 0,
};

java.entry = {
  ...java.common,
  getKey: (entry) => entry.key,
  getValue: (entry) => entry.value,
  setValue: (entry, value) => java.put(entry.map, entry.key, value),
};

/** The methods that a value has. */
java.methods = (value) => {
  if (Array.isArray(value)) return java.list;
  if (value instanceof java.Entry) return java.entry;
  if (typeof value === 'object') return java.map;
  return java[typeof value] ?? {};
};

rt.java = java;
