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

/** A resolver: {kind, typeName, fieldName, module, steps: [{module, source, type, direct, batch}]}. */
function plan(text) {
  plans.push(rt.parse(text));
  return plans.length - 1;
}

// Every handler gets a context of its own, as in AppSync: of what it changes, the stash alone lasts.
function context(run, extra) {
  const ctx = rt.parse(run.text);
  ctx.args = ctx.arguments;
  ctx.stash = run.stash;
  ctx.env = env;
  ctx.prev = run.prev;
  ctx.result = null;
  ctx.error = null;
  return extra === undefined ? ctx : Object.assign(ctx, extra);
}

/** A file's export; `onPublish.request` is a member of one. */
function handler(module, path) {
  const found = path.split('.').reduce((at, name) => at?.[name], module.handlers);
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
    if (!batched) return ctx.result;
    // In a batch each item is {data, errorMessage, errorType}.
    const { data, errorMessage, errorType } = ctx.result ?? {};
    if (errorMessage) throw new rt.Failure(errorMessage, errorType, data);
    return data ?? null;
  },
};

const ask = (run, step) => {
  const ctx = context(run);
  if (!step.direct) return call(run, step.module, 'request', ctx);
  return { operation: step.batch ? 'BatchInvoke' : 'Invoke', payload: direct.request(ctx) };
};

function answer(run, step, reply) {
  const ctx = context(run, reply);
  return step.direct ? direct.response(ctx, step.batch > 0) : call(run, step.module, 'response', ctx);
}

/** Calls `work`; a value, or what runtime.earlyReturn gave, goes to `settle(value, skipTo, early)`. */
function attempt(work, settle) {
  let value;
  try {
    value = work();
  } catch (signal) {
    if (!(signal instanceof rt.EarlyReturn)) throw signal;
    settle(signal.value, signal.skipTo, true);
    return undefined;
  }
  return { value };
}

function settleStep(run, value, skipTo) {
  run.prev = { result: value };
  run.at = skipTo === 'END' ? run.plan.steps.length : run.at + 1;
}

function finishStep(run, step, reply) {
  const settle = (value, skipTo) => settleStep(run, value, skipTo);
  const done = attempt(() => answer(run, step, reply), settle);
  if (done) settle(done.value, null);
}

function before(run) {
  const { plan: planned } = run;
  if (planned.module === null) return;
  const settle = (value, skipTo, early) => {
    run.prev = { result: value };
    // Here an early return skips the whole pipeline, unless it asks for the next handler.
    if (early && skipTo !== 'NEXT') run.at = planned.steps.length;
  };
  const done = attempt(() => call(run, planned.module, 'request', context(run)), settle);
  if (done) settle(done.value, null, false);
}

function after(run) {
  const { plan: planned, prev } = run;
  const last = prev === null ? null : prev.result;
  if (planned.module === null) return last;
  let value = null;
  const settle = (early) => {
    value = early;
  };
  // AWS documents ctx.prev.result; ctx.result has the same value there.
  const done = attempt(() => call(run, planned.module, 'response', context(run, { result: last })), settle);
  return done ? done.value : value;
}

/** Goes on until the end (returns undefined) or until a data source is needed (returns the question). */
function advance(run) {
  const { steps } = run.plan;
  while (run.at < steps.length) {
    const step = steps[run.at];
    const asked = attempt(() => ask(run, step), (value, skipTo) => settleStep(run, value, skipTo));
    if (asked) {
      if (step.type !== 'NONE') {
        const request = step.batch && rt.isObject(asked.value)
          ? { ...asked.value, maxBatchSize: step.batch } : asked.value;
        return { wait: run.id, at: run.at, source: step.source, request };
      }
      finishStep(run, step, { result: asked.value?.payload ?? null });
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

function crash(run, signal) {
  run.crash = { module: run.where, text: `${signal?.name}: ${signal?.message}`, stack: signal?.stack ?? '' };
}

function proceed(run, work) {
  try {
    work();
    const question = advance(run);
    if (question !== undefined) {
      runs.set(run.id, run);
      const text = rt.stringify(question);
      return text;
    }
  } catch (signal) {
    run.value = null;
    if (signal instanceof rt.Failure) run.errors.push(signal.report);
    else crash(run, signal);
  }
  return rt.stringify(outcome(run));
}

const fresh = (planned, text, authType) => ({
  id: 0, plan: planned, text, authType, at: 0, prev: null, stash: {}, value: null, where: '',
  crash: undefined, errors: [], logs: [], headers: {}, invalidations: [], evictions: [],
  filter: undefined, invalidationFilter: undefined,
});

/** Begins a run. `text` is the part of the context that never changes, as JSON. */
function start(index, text, authType) {
  const run = fresh(plans[index], text, authType);
  run.id = nextRun;
  nextRun += 1;
  return proceed(run, () => before(run));
}

/** The paths of a file's functions that evaluate() takes. */
function functions(index) {
  const paths = [];
  for (const [name, value] of Object.entries(modules[index].handlers)) {
    if (typeof value === 'function') paths.push(name);
    else if (rt.isObject(value)) {
      for (const [inner, one] of Object.entries(value)) if (typeof one === 'function') paths.push(`${name}.${inner}`);
    }
  }
  return rt.stringify(paths);
}

/** Runs one piece of code by itself, and tells all that it did: see JavaScriptContext.evaluate. */
function alone(run, work) {
  let failure;
  let earlyReturn;
  try {
    run.value = work();
  } catch (signal) {
    if (signal instanceof rt.EarlyReturn) {
      run.value = signal.value;
      earlyReturn = { skipTo: signal.skipTo };
    } else if (signal instanceof rt.Failure) failure = signal.report;
    else crash(run, signal);
  }
  return rt.stringify({ ...outcome(run), stash: run.stash, failure, earlyReturn });
}

/** Runs one handler of a file with a context that is given whole. */
function evaluate(index, path, text, authType) {
  const ctx = rt.parse(text);
  ctx.args = ctx.args ?? ctx.arguments ?? {};
  ctx.arguments = ctx.args;
  ctx.stash = rt.isObject(ctx.stash) ? ctx.stash : {};
  ctx.env = ctx.env ?? env;
  ctx.prev = ctx.prev ?? null;
  ctx.result = ctx.result ?? null;
  ctx.error = ctx.error ?? null;
  const info = ctx.info ?? {};
  const run = fresh({ typeName: info.parentTypeName, fieldName: info.fieldName }, text, authType);
  run.stash = ctx.stash;
  return alone(run, () => call(run, index, path, ctx));
}

/** Calls a function of util, such as util.dynamodb.toMapValues, with a list of arguments. */
function utility(path, text, authType) {
  const run = fresh({}, '{}', authType);
  return alone(run, () => {
    rt.current = run;
    const [root, ...names] = path.split('.');
    const roots = rt.libraries['@aws-appsync/utils'];
    const found = names.reduce((at, name) => (rt.isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined),
      Object.hasOwn(roots, root) ? roots[root] : undefined);
    if (typeof found !== 'function') throw rt.fault(`there is no function ${path}`);
    return found(...rt.parse(text)) ?? null;
  });
}

/** Goes on with what the data source answered: {result, error}. */
function resume(id, text) {
  const run = runs.get(id);
  runs.delete(id);
  return proceed(run, () => finishStep(run, run.plan.steps[run.at], rt.parse(text)));
}

/** Forgets a run that nobody waits for any more. */
function drop(id) {
  runs.delete(id);
}

rt.entry = {
  define, plan, start, resume, drop, evaluate, functions, utility, seed: rt.seed, zone: rt.zone,
  environment: (text) => { env = Object.freeze(rt.parse(text)); },
  waiting: () => runs.size,
};
