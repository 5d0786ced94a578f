// What templates that were made into JavaScript run on: references, operators and loops, as
// Velocity 1.7 has them. See localcloud/appsync/vtl/compiler.py for the code that calls these.

const { java } = rt;
const { host, hosts } = rt.vtl;
const MAX_ITERATIONS = 1000;
const MAX_OUTPUT = 5 * 1024 * 1024;
const nothing = (value) => value === null || value === undefined;
const own = (object, name) => Object.hasOwn(object, name);

/** What #return gives. */
class Returned {
  constructor(value) {
    this.value = value ?? null;
  }
}

/** Only false and null are false: 0 and "" are true. [doc] */
const t = (value) => value !== false && !nothing(value);

/** A property: a map's key, an entry's part, or isEmpty() as `empty`. */
function g(target, name) {
  if (nothing(target)) return null;
  if (Array.isArray(target)) return name === 'empty' ? target.length === 0 : null;
  if (target instanceof java.Entry) return name === 'key' || name === 'value' ? target[name] : null;
  if (typeof target === 'object') return own(target, name) && typeof target[name] !== 'function' ? target[name] : null;
  if (typeof target === 'string') return { empty: target === '', blank: target.trim() === '' }[name] ?? null;
  return null;
}

function i(target, index) {
  if (nothing(target)) return null;
  if (Array.isArray(target)) return java.list.get(target, index < 0 ? target.length + index : index);
  return typeof target === 'object' ? java.map.get(target, index) : null;
}

/** A method. One that there is not gives nothing, as a property that there is not. */
function c(target, name, given) {
  if (nothing(target)) return null;
  if (hosts.has(target)) {
    if (own(target, name) && typeof target[name] === 'function') return target[name](...given) ?? null;
    // $foreach's parts have methods too: hasNext(), getIndex(), isLast().
    const property = name.replace(/^(?:get|is)(?=[A-Z])/, '');
    const found = property[0].toLowerCase() + property.slice(1);
    const value = own(target, found) ? target[found] : null;
    return typeof value === 'function' || rt.isObject(value) ? null : value;
  }
  const methods = java.methods(target);
  return own(methods, name) ? methods[name](target, ...given) ?? null : null;
}

function put(target, name, value) {
  if (nothing(name) || nothing(target) || hosts.has(target)) return;
  if (Array.isArray(target)) java.list.set(target, name, value);
  else if (rt.isObject(target)) java.put(target, name, value);
}

const r = (value, source) => {
  if (nothing(value)) return source;
  return typeof value === 'string' ? value : java.text(value);
};

function* each(variables, name, over) {
  let items = over;
  if (rt.isObject(over)) items = Object.values(over);
  if (!Array.isArray(items)) return;
  const count = items.length;
  const before = variables[name];
  const outer = variables.foreach;
  try {
    for (let index = 0; index < count; index += 1) {
      if (items.length !== count) {
        throw java.exception('ConcurrentModificationException', 'the list changed in its #foreach');
      }
      if (index >= MAX_ITERATIONS) {
        // Velocity ends the loop without a word, and AppSync's limit is documented.
        rt.current.logs.push({ level: 'ERROR', text: `#foreach ended after ${MAX_ITERATIONS} iterations, as on AWS` });
        return;
      }
      variables[name] = items[index];
      variables.foreach = host({
        index,
        count: index + 1,
        hasNext: index + 1 < count,
        first: index === 0,
        last: index + 1 === count,
        parent: outer ?? null,
      });
      variables.velocityCount = index + 1;
      yield index;
    }
  } finally {
    variables[name] = before;
    variables.foreach = outer;
  }
}

const macro = (variables, parameters, body) => (given) => {
  rt.current.macros = (rt.current.macros ?? 0) + 1;
  if (rt.current.macros > 20) throw rt.fault('a #macro calls itself more than 20 times deep');
  const before = parameters.map((name) => variables[name]);
  parameters.forEach((name, at) => {
    variables[name] = given[at] ?? null;
  });
  try {
    return r(body(), '');
  } finally {
    rt.current.macros -= 1;
    parameters.forEach((name, at) => {
      variables[name] = before[at];
    });
  }
};

/** Without a line the message is AWS's word for word; logs have the template's name beside it. */
function failure(message, line) {
  const place = line === undefined ? '' : ` (${rt.current.where}:${line})`;
  return new rt.Failure(`${message}${place}`, 'MappingTemplate');
}

/** The text without commas that nothing follows: AWS's console writes templates that give such. */
function withoutTrailingCommas(text) {
  return text.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, (found) => (found === ',' ? ' ' : found));
}

/**
 * The template's line that gave what is at a place of its output. Marks are an offset in it and the
 * line that what follows is from; less than 0 where that is a reference's value.
 */
function lineAt({ output, marks }, place) {
  let at = 0;
  while (at + 2 < marks.length && marks[at + 2] <= place) at += 2;
  const line = marks[at + 1] ?? 1;
  return line < 0 ? -line : line + output.slice(marks[at], place).split('\n').length - 1;
}

function parsed(rendered) {
  const { output } = rendered;
  if (output.length > MAX_OUTPUT) throw failure('The evaluated template is larger than 5 MB');
  try {
    return rt.parse(output);
  } catch (error) {
    const mended = withoutTrailingCommas(output);
    if (mended !== output) return parsed({ ...rendered, output: mended });
    const place = /position (\d+)/.exec(error.message);
    const text = output.trim();
    const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
    const message = `Unable to parse the JSON document: '${error.message}': ${shown}`;
    throw failure(message, lineAt(rendered, place === null ? output.length : Number(place[1])));
  }
}

/** What #return gives as JSON: $util.toJson() may have made text of it already. */
function returned(value) {
  if (typeof value !== 'string') return rt.parse(rt.stringify(value));
  try {
    return rt.parse(value);
  } catch (error) {
    return value;
  }
}

const LEGACY = '2017-02-28';
const VERSIONS = new Set([LEGACY, '2018-05-29']);

function request(document, unit) {
  if (!rt.isObject(document)) throw failure('The request template gives no JSON object');
  // A function's version is a property of the function, and 2018-05-29 is the only one there is. [doc]
  rt.current.legacy = false;
  const type = rt.current.plan.steps?.[rt.current.at]?.type;
  if (type === 'NONE') {
    // Those of other data sources are looked at where they are asked (elements.py).
    const other = Object.keys(document).find((name) => name !== 'version' && name !== 'payload');
    if (other !== undefined) throw failure(`Unsupported element '$[${other}]'.`);
  }
  if (!unit) return document;
  if (nothing(document.version)) throw failure("Value for field '$[version]' not found.");
  if (!VERSIONS.has(document.version)) throw failure(`Unsupported template version '${document.version}'`);
  rt.current.legacy = document.version === LEGACY;
  const { operation } = document;
  if (rt.current.legacy && (type === 'HTTP' || (type === 'AMAZON_DYNAMODB' && /^(Batch|Transact)/.test(operation)))) {
    throw failure(`${operation ?? 'An HTTP request'} needs the template version 2018-05-29`); // [doc]
  }
  return document;
}

function render(body, ctx) {
  const variables = Object.assign(Object.create(null), {
    ctx, context: ctx, util: rt.vtl.util, utils: rt.vtl.util, extensions: rt.vtl.extensions,
  });
  rt.current.macros = 0;
  const marks = [];
  return { output: body(variables, Object.create(null), marks), marks };
}

// Of 2017-02-28: no response template for no result; and after an error the field is null, with what the
// template gives as the error's data. [doc]
function legacy(body, ctx) {
  if (!ctx.error) return ctx.result === null ? null : undefined;
  const rendered = render(body, ctx);
  const { output } = rendered;
  const data = output instanceof Returned ? returned(output.value) : output.trim() && parsed(rendered);
  throw new rt.Failure(ctx.error.message, ctx.error.type, data || null);
}

/** A handler of a template's body. `role` is as in compiler.py. */
const handler = (role, unit, body) => (ctx) => {
  if (role === 'gateway') return rt.vtl.gateway(ctx, body);
  const responding = role === 'response';
  if (responding && rt.current.legacy) {
    const done = legacy(body, ctx);
    if (done !== undefined) return done;
  }
  const rendered = render(body, ctx);
  const { output } = rendered;
  if (output instanceof Returned) {
    if (role === 'request') throw new rt.EarlyReturn(returned(output.value), null);
    if (role === 'before') throw new rt.EarlyReturn(returned(output.value), 'RESOLVER');
    if (role === 'text') return typeof output.value === 'string' ? output.value : rt.stringify(output.value);
    return returned(output.value);
  }
  if (role === 'text') return output;
  const empty = output.trim() === '';
  // A pipeline's own templates may give nothing; so may those of the older version, whose result is null then.
  const silent = role === 'before' || role === 'after' || (responding && rt.current.legacy);
  if (empty && silent) return null;
  if (role !== 'request' && !empty) return parsed(rendered);
  if (empty) throw failure('Template transformation yielded an empty response.');
  return request(parsed(rendered), unit);
};

rt.libraries.vtl = {
  Returned,
  Lazy: java.Lazy,
  handler, macro, t, g, i, c, r, put, each,
  known: rt.vtl.known,
  escaped: (value, source) => (nothing(value) ? `\\${source}` : source),
  ...rt.vtl.operators,
};
