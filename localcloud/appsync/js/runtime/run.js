// One resolver's run: its handlers, in order, until a data source outside is needed. The host then
// asks that data source and resumes the run. What NONE data sources do, happens without leaving.

const modules = [];
const plans = [];
const runs = new Map();
let nextRun = 1;
let env = Object.freeze({});

/** A resolver's whole file has been read: `body` gives its handlers. Returns the module's number. */
function define(name, body) {
  rt.current = null;
  modules.push({ name, handlers: body(rt.libraries) });
  return modules.length - 1;
}

/**
 * A resolver: {typeName, fieldName, module, answer, steps: [{module, answer, source, type, direct, batch}]}.
 * `answer` is the module of the response handler, where it is another's than the request handler's: VTL.
 */
function plan(text) {
  plans.push(rt.parse(text));
  return plans.length - 1;
}

/**
 * A handler's ctx. Every handler gets one of its own, as in AppSync: of what it changes, the stash
 * alone lasts. What few handlers look at (identity, request, info) is read from its JSON when they
 * do, which saves more time than most handlers take; for code that prints or spreads ctx these are
 * properties like the others.
 */
function context(run, result, error) {
  const often = rt.parse(run.text);
  let rarely;
  const read = (name) => {
    if (run.rest === '') throw new rt.NeedsRest();
    rarely ??= rt.parse(run.rest);
    return rarely[name];
  };
  return {
    arguments: often.arguments,
    args: often.arguments,
    source: often.source,
    stash: run.stash,
    env,
    prev: run.prev,
    result,
    error,
    get identity() { return read('identity'); },
    get request() { return read('request'); },
    get info() { return read('info'); },
  };
}

/** A file's export; `onPublish.request` is a member of one. */
function handler(module, path) {
  const found = module.handlers[path] ?? path.split('.').reduce((at, name) => at?.[name], module.handlers);
  if (typeof found !== 'function') throw rt.fault(`${module.name} exports no function ${path}`);
  return found;
}

function call(run, index, name, ctx) {
  const module = modules[index];
  run.where = module.name;
  rt.current = run;
  try {
    const value = handler(module, name)(ctx);
    return value === undefined ? null : value;
  } finally {
    if (rt.isObject(ctx.stash)) run.stash = ctx.stash;
  }
}

// A Lambda data source without code: the whole context is the event, and an error fails the field.
const direct = {
  request: (ctx) => {
    const { arguments: args, identity, source, request, info, prev, stash } = ctx;
    return { arguments: args, identity, source, request, info, prev, stash };
  },
  response: (ctx, batched) => {
    if (ctx.error) throw new rt.Failure(ctx.error.message, ctx.error.type, ctx.result);
    // In a batch each item is {data, errorMessage, errorType}; one that is no object arrives as it is.
    if (!batched || !rt.isObject(ctx.result)) return ctx.result;
    const { data, errorMessage, errorType } = ctx.result;
    if (errorMessage) throw new rt.Failure(errorMessage, errorType, data);
    return data ?? null;
  },
};

const ask = (run, step) => {
  const ctx = context(run, null, null);
  if (!step.direct) return call(run, step.module, 'request', ctx);
  return { operation: step.batch ? 'BatchInvoke' : 'Invoke', payload: direct.request(ctx) };
};

function answer(run, step, result, error) {
  const ctx = context(run, result, error);
  return step.direct ? direct.response(ctx, step.batch > 0) : call(run, step.answer ?? step.module, 'response', ctx);
}

/** Runs `work` and gives its value, or what runtime.earlyReturn gave: then skipTo is a string. */
function attempt(run, work) {
  run.skipTo = undefined;
  try {
    return work();
  } catch (signal) {
    if (!(signal instanceof rt.EarlyReturn)) throw signal;
    run.skipTo = signal.skipTo ?? '';
    return signal.value;
  }
}

function settle(run, value) {
  run.prev = { result: value };
  run.at = run.skipTo === 'END' ? run.plan.steps.length : run.at + 1;
}

const finishStep = (run, step, result, error) =>
  settle(run, attempt(run, () => answer(run, step, result, error)));

function before(run) {
  const { module, steps } = run.plan;
  if (module === null) return;
  const value = attempt(run, () => call(run, module, 'request', context(run, null, null)));
  run.prev = { result: value };
  // Here an early return skips the whole pipeline, unless it asks for the next handler.
  if (run.skipTo !== undefined && run.skipTo !== 'NEXT') run.at = steps.length;
  run.returned = run.skipTo === 'RESOLVER'; // VTL's #return: no handler follows
}

function after(run) {
  const module = run.plan.answer ?? run.plan.module;
  const last = run.prev === null ? null : run.prev.result;
  if (module === null || run.returned) return last;
  // AWS documents ctx.prev.result; ctx.result has the same value there.
  return attempt(run, () => call(run, module, 'response', context(run, last, null)));
}

/** Goes on until the end (returns undefined) or until a data source is needed (returns the question). */
function advance(run) {
  const { steps } = run.plan;
  while (run.at < steps.length) {
    const step = steps[run.at];
    const asked = attempt(run, () => ask(run, step));
    if (run.skipTo !== undefined) settle(run, asked);
    else if (step.type === 'NONE') finishStep(run, step, asked?.payload ?? null, null);
    else {
      const request = step.batch && rt.isObject(asked) ? { ...asked, maxBatchSize: step.batch } : asked;
      return { wait: run.id, at: run.at, where: run.where, source: step.source, request };
    }
  }
  run.value = after(run);
  return undefined;
}

const some = (list) => (list.length ? list : undefined);

function outcome(run) {
  return {
    value: run.value,
    crash: run.crash,
    errors: some(run.errors),
    logs: some(run.logs),
    filter: run.filter,
    invalidationFilter: run.invalidationFilter,
    invalidations: some(run.invalidations),
    evictions: some(run.evictions),
    headers: Object.keys(run.headers).length ? run.headers : undefined,
  };
}

/** Nearly every run comes to a value and nothing else. */
function outcomeText(run) {
  const more = run.crash || run.errors.length || run.logs.length || run.filter || run.invalidationFilter
    || run.invalidations.length || run.evictions.length || Object.keys(run.headers).length;
  // Not put together from parts: QuickJS keeps a long concatenation as a rope, which its binding cannot return.
  return rt.stringify(more ? outcome(run) : { value: run.value });
}

function crash(run, signal) {
  const said = signal instanceof rt.Refusal;
  const text = said ? signal.message : `${signal?.name}: ${signal?.message}`;
  run.crash = { module: run.where, text, stack: signal?.stack ?? '', said: said || undefined };
}

/** What the host has to bring before it runs this again; undefined for any other signal. */
function needs(signal) {
  if (signal instanceof rt.NeedsZone) return rt.stringify({ zone: signal.zone });
  return signal instanceof rt.NeedsRest ? '{"rest":true}' : undefined;
}

function proceed(run, work) {
  try {
    work();
    const question = advance(run);
    if (question !== undefined) {
      runs.set(run.id, run);
      return rt.stringify(question);
    }
  } catch (signal) {
    const needed = needs(signal);
    if (needed !== undefined) return needed;
    run.value = null;
    if (signal instanceof rt.Failure) rt.addError(run, signal);
    else crash(run, signal);
  }
  try {
    return outcomeText(run);
  } catch (signal) { // ctx itself is the value, or in it
    const needed = needs(signal);
    if (needed === undefined) throw signal;
    return needed;
  }
}

const fresh = (planned, text, rest, authType) => ({
  id: 0, plan: planned, text, rest, authType, at: 0, prev: null, stash: {}, value: null, where: '', skipTo: undefined,
  crash: undefined, errors: [], logs: [], headers: {}, invalidations: [], evictions: [],
  filter: undefined, invalidationFilter: undefined,
});

/**
 * Begins a run. `text` and `rest` are the part of the context that never changes, as JSON: arguments
 * and source; identity, request and info, or nothing until a handler looks at them.
 */
function start(index, text, rest, authType) {
  const run = fresh(plans[index], text, rest, authType);
  run.id = nextRun;
  nextRun += 1;
  return proceed(run, () => before(run));
}

/** Goes on with what the data source answered: {result, error}. */
function resume(id, text, rest) {
  const run = runs.get(id);
  if (rest) run.rest = rest;
  const kept = { ...run, stash: rt.stringify(run.stash), headers: { ...run.headers } };
  for (const list of ['errors', 'logs', 'invalidations', 'evictions']) kept[list] = [...run[list]];
  runs.delete(id);
  const { result, error } = rt.parse(text);
  const done = proceed(run, () => finishStep(run, run.plan.steps[run.at], result ?? null, error ?? null));
  // The host asks again when it has brought the time zone, or the rest.
  if (done.startsWith('{"zone":') || done.startsWith('{"rest":')) runs.set(id, { ...kept, stash: rt.parse(kept.stash) });
  return done;
}

/** Forgets a run without waiting callers. */
function drop(id) {
  runs.delete(id);
}

rt.run = { modules, call, fresh, outcome, crash, needs, environment: () => env };
rt.entry = {
  define, plan, start, resume, drop, seed: rt.seed, zone: rt.zone,
  environment: (text) => { env = Object.freeze(rt.parse(text)); },
  waiting: () => runs.size,
};
