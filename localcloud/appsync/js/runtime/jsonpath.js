// JSONPath as Jayway's library has it, which API Gateway's $input reads bodies with.
// Source: the README of json-path/JsonPath, "Operators", "Functions" and "Filter Operators".

const nothing = (value) => value === null || value === undefined;
const own = (object, name) => !nothing(object) && typeof object === 'object' && Object.hasOwn(object, name);
const refuse = (path) => rt.fault(`the JSONPath ${path} is not supported here`);
const JsRegExp = RegExp; // later on resolvers have none
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const OPERATOR = /^(==|!=|<=|>=|=~|<|>|in\b|nin\b)/;

/** Reads a path to its end; `at` moves over what is read. */
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  get rest() {
    return this.text.slice(this.at);
  }

  get done() {
    return this.at >= this.text.length;
  }

  blanks() {
    this.take(/^\s*/);
  }

  take(pattern) {
    const match = pattern.exec(this.rest);
    if (match === null || match.index !== 0) return null;
    this.at += match[0].length;
    return match;
  }

  want(pattern) {
    const match = this.take(pattern);
    if (match === null) throw refuse(this.text);
    return match;
  }
}

const unquoted = (text) => text.slice(1, -1).replace(/\\(.)/g, '$1');
const QUOTED = /^(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/;
const INDEX = /^-?\d+/;

function bracket(reader) {
  reader.blanks();
  let step;
  const slice = reader.take(/^(-?\d*)\s*:\s*(-?\d*)/);
  if (reader.take(/^\*/)) step = { every: true };
  else if (slice) step = { slice: [slice[1], slice[2]].map((one) => (one === '' ? undefined : Number(one))) };
  else if (reader.take(/^\?\s*\(/)) {
    step = { filter: either(reader) };
    reader.blanks();
    reader.want(/^\)/);
  } else {
    const picks = [];
    do {
      reader.blanks();
      const name = reader.take(QUOTED);
      picks.push(name ? unquoted(name[0]) : Number(reader.want(INDEX)[0]));
      reader.blanks();
    } while (reader.take(/^,/));
    step = picks.length === 1 ? { pick: picks[0] } : { picks };
  }
  reader.blanks();
  reader.want(/^\]/);
  return step;
}

/** The steps after `$` or `@`, as far as they go. */
function steps(reader) {
  const found = [];
  for (;;) {
    const deep = reader.take(/^\.\./) !== null;
    if (reader.take(/^\[/)) found.push({ ...bracket(reader), deep });
    else if (deep || reader.take(/^\./)) {
      const call = reader.take(/^(length|size|min|max|avg|sum|keys|first|last)\(\s*\)/);
      if (call) found.push({ call: call[1] });
      else if (reader.take(/^\*/)) found.push({ every: true, deep });
      else found.push({ pick: reader.want(/^[^.[\]\s*'"()$,=!<>&|]+/)[0], deep });
    } else return found;
  }
}

// -- filters

function either(reader) {
  const parts = [both(reader)];
  for (reader.blanks(); reader.take(/^\|\|/); reader.blanks()) parts.push(both(reader));
  return (item, root) => parts.some((part) => part(item, root));
}

function both(reader) {
  const parts = [single(reader)];
  for (reader.blanks(); reader.take(/^&&/); reader.blanks()) parts.push(single(reader));
  return (item, root) => parts.every((part) => part(item, root));
}

function single(reader) {
  reader.blanks();
  if (reader.take(/^!(?!=)/)) {
    const inner = single(reader);
    return (item, root) => !inner(item, root);
  }
  if (reader.take(/^\(/)) {
    const inner = either(reader);
    reader.blanks();
    reader.want(/^\)/);
    return inner;
  }
  const left = operand(reader);
  reader.blanks();
  const operator = reader.take(OPERATOR);
  if (operator === null) return (item, root) => left(item, root) !== undefined;
  reader.blanks();
  const right = operator[1] === '=~' ? pattern(reader) : operand(reader);
  return (item, root) => compare(operator[1], left(item, root), right(item, root));
}

function pattern(reader) {
  const [, source, flags] = reader.want(/^\/((?:[^/\\]|\\.)*)\/([i]?)/);
  const whole = new JsRegExp(`^(?:${source})$`, flags);
  return () => whole;
}

function operand(reader) {
  const root = reader.take(/^[@$]/);
  if (root) {
    const path = steps(reader);
    return (item, document) => follow(root[0] === '@' ? item : document, path);
  }
  const quoted = reader.take(QUOTED);
  if (quoted) return () => unquoted(quoted[0]);
  const number = reader.take(NUMBER);
  if (number) return () => Number(number[0]);
  const word = reader.take(/^(?:true|false|null)\b/);
  if (word) return () => ({ true: true, false: false, null: null })[word[0]];
  if (reader.take(/^\[/)) {
    const items = [];
    for (reader.blanks(); !reader.take(/^\]/); reader.blanks()) {
      items.push(operand(reader));
      reader.blanks();
      reader.take(/^,/);
    }
    return (item, document) => items.map((one) => one(item, document));
  }
  throw refuse(reader.text);
}

function compare(operator, left, right) {
  switch (operator) {
    case '==': return rt.stringify(left ?? null) === rt.stringify(right ?? null) && left !== undefined;
    case '!=': return !(rt.stringify(left ?? null) === rt.stringify(right ?? null));
    case '=~': return typeof left === 'string' && right.test(left);
    case 'in': return Array.isArray(right) && right.includes(left);
    case 'nin': return !(Array.isArray(right) && right.includes(left));
    default:
  }
  if (typeof left !== typeof right || !['number', 'string'].includes(typeof left)) return false;
  return { '<': left < right, '<=': left <= right, '>': left > right, '>=': left >= right }[operator];
}

// -- values

const inner = (value) => (rt.isObject(value) || Array.isArray(value) ? Object.values(value) : []);
const below = (value) => [value, ...inner(value).flatMap(below)];

function pick(value, name) {
  if (typeof name === 'number') {
    const at = name < 0 && Array.isArray(value) ? value.length + name : name;
    return Array.isArray(value) && at >= 0 && at < value.length ? [value[at]] : [];
  }
  return rt.isObject(value) && own(value, name) ? [value[name]] : [];
}

function take(value, step, root) {
  if (step.every) return inner(value);
  if (step.filter) return inner(Array.isArray(value) ? value : [value]).filter((item) => step.filter(item, root));
  if (step.slice) return Array.isArray(value) ? value.slice(...step.slice) : [];
  if (step.picks) return step.picks.flatMap((name) => pick(value, name));
  return pick(value, step.pick);
}

function called(name, value) {
  const size = () => (Array.isArray(value) || typeof value === 'string' ? value.length : Object.keys(value ?? {}).length);
  const numbers = () => (Array.isArray(value) ? value.filter((one) => typeof one === 'number') : []);
  const sum = () => numbers().reduce((total, one) => total + one, 0);
  const calls = {
    length: size,
    size,
    keys: () => Object.keys(value ?? {}),
    min: () => Math.min(...numbers()),
    max: () => Math.max(...numbers()),
    sum,
    avg: () => sum() / numbers().length,
    first: () => value?.[0],
    last: () => value?.[value.length - 1],
  };
  return calls[name]();
}

const indefinite = (step) => step.deep || step.every || step.slice || step.filter || step.picks;

/** What steps lead to: a value, undefined where there is none, or a list of all that an indefinite path names. */
function follow(document, path) {
  let values = [document];
  let many = false;
  for (const step of path) {
    if (step.call) {
      values = [called(step.call, many ? values : values[0])];
      many = false;
    } else {
      if (step.deep) values = values.flatMap(below);
      values = values.flatMap((value) => take(value, step, document));
      many ||= Boolean(indefinite(step));
    }
  }
  return many ? values : values[0];
}

/** What a JSONPath names, as `follow` has it; a path without `$` begins at the root all the same. */
rt.jsonPath = (document, text) => {
  const whole = text.trim();
  const reader = new Reader(whole.startsWith('$') ? whole.slice(1) : /^[.[]/.test(whole) || whole === '' ? whole : `.${whole}`);
  let path;
  try {
    path = steps(reader);
  } catch (error) {
    throw refuse(whole);
  }
  if (!reader.done) throw refuse(whole);
  return follow(document, path);
};
