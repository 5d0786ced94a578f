// Takes away what APPSYNC_JS does not have, so that a resolver that needs it fails here as it would
// on AWS; and gives the rest its quirks.

const kept = new Set([
  'Object', 'Array', 'String', 'Number', 'Boolean', 'Math', 'JSON', 'Infinity', 'NaN', 'undefined', 'isNaN',
  'isFinite', 'parseInt', 'parseFloat', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError',
  'EvalError', 'URIError', 'InternalError', 'encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent',
  'escape', 'unescape',
]);
const keptArray = new Set([
  'length', 'constructor', 'concat', 'fill', 'flat', 'includes', 'indexOf', 'join', 'lastIndexOf', 'pop', 'push',
  'reverse', 'shift', 'slice', 'sort', 'splice', 'unshift', 'forEach', 'map', 'flatMap', 'filter', 'reduce',
  'reduceRight', 'find', 'some', 'every', 'findIndex', 'findLast', 'findLastIndex', 'toString', 'entries', 'keys',
  'values',
]);
const gone = ['at', 'matchAll', 'isWellFormed', 'toWellFormed', 'match', 'search'];

// JSON.parse answers "" to what it cannot read. [doc]
const parse = rt.parse;
JSON.parse = (text, reviver) => {
  try {
    return parse(text, reviver);
  } catch (error) {
    return '';
  }
};

// sort() takes no comparator. [doc] AWS does not say what becomes of one: here it is refused, since
// an order that silently differs is the worst of the answers.
const JsRegExp = RegExp;
const Reflect_apply = Reflect.apply;
const sort = Array.prototype.sort;
const refusingSort = function refusingSort(...comparators) {
  if (comparators.length) throw rt.fault('sort() takes no comparator in APPSYNC_JS');
  return Reflect_apply(sort, this, []);
};

// replace() and replaceAll() take Java patterns. [doc] Group references ($1) are the same in both.
const replace = String.prototype.replace;
const javaReplace = (flags) => function replaceAsJava(pattern, replacement) {
  // A real RegExp can only be our own: resolvers cannot write one.
  if (pattern instanceof JsRegExp) return Reflect_apply(replace, this, [pattern, replacement]);
  const made = typeof replacement === 'function' ? replacement : String(replacement);
  return Reflect_apply(replace, this, [rt.javaPattern(pattern, flags, false), made]);
};

Object.defineProperty(Array.prototype, 'sort', { value: refusingSort, enumerable: false });
Object.defineProperty(String.prototype, 'replace', { value: javaReplace(''), enumerable: false });
Object.defineProperty(String.prototype, 'replaceAll', { value: javaReplace('g'), enumerable: false });

for (const name of Object.getOwnPropertyNames(Array.prototype)) {
  if (!keptArray.has(name)) delete Array.prototype[name];
}
for (const name of gone) delete String.prototype[name];
// The Function constructor would be a way round every restriction.
Object.defineProperty(Function.prototype, 'constructor', { value: undefined });
for (const name of ['call', 'apply', 'bind']) Object.defineProperty(Function.prototype, name, { value: undefined });

const frozen = (object) => {
  for (const key of Object.keys(object)) if (rt.isObject(object[key])) frozen(object[key]);
  return Object.freeze(object);
};
for (const library of Object.values(rt.libraries)) frozen(library);

const globals = globalThis;
for (const name of Object.getOwnPropertyNames(globals)) if (!kept.has(name)) delete globals[name];
Object.assign(globals, { util: rt.util, runtime: rt.runtime, extensions: rt.extensions, console: rt.console });
