// One handler by itself: for EvaluateCode, EvaluateMappingTemplate and event handlers.

/** The paths of a file's functions that evaluate() takes. */
function functions(index) {
  const paths = [];
  for (const [name, value] of Object.entries(rt.run.modules[index].handlers)) {
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
    const zone = rt.run.needs(signal);
    if (zone !== undefined) return zone;
    if (signal instanceof rt.EarlyReturn) {
      run.value = signal.value;
      earlyReturn = { skipTo: signal.skipTo };
    } else if (signal instanceof rt.Failure) failure = signal.report;
    else rt.run.crash(run, signal);
  }
  return rt.stringify({ ...rt.run.outcome(run), stash: run.stash, failure, earlyReturn });
}

/** Runs one handler of a file with a context that is given whole. */
function evaluate(index, path, text, authType, traced) {
  const ctx = rt.parse(text);
  ctx.args = ctx.args ?? ctx.arguments ?? {};
  ctx.arguments = ctx.args;
  ctx.stash = rt.isObject(ctx.stash) ? ctx.stash : {};
  ctx.env = ctx.env ?? rt.run.environment();
  ctx.prev = ctx.prev ?? null;
  ctx.result = ctx.result ?? null;
  ctx.error = ctx.error ?? null;
  const info = ctx.info ?? {};
  const run = rt.run.fresh({ typeName: info.parentTypeName, fieldName: info.fieldName }, '', '', authType);
  run.stash = ctx.stash;
  run.traced = traced;
  return alone(run, () => rt.run.call(run, index, path, ctx));
}

/** The file whose handler ran last. */
const where = () => rt.current?.where ?? '';

Object.assign(rt.entry, { evaluate, functions, where });
