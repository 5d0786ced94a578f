// What the other files build on. All files are put into one function, in the order that runtime.py
// names; `rt` is what they share. Resolvers never see it.
//
// The intrinsics are kept here because lockdown.js takes them away from resolvers afterwards.

rt.parse = JSON.parse;
rt.stringify = JSON.stringify;

/** Ends a resolver with an error: util.error and util.unauthorized. Resolvers cannot catch it. */
rt.Failure = class Failure {
  constructor(message, type, data, info) {
    this.report = {
      message: message === undefined || message === null ? null : String(message),
      type: type ?? null,
      data: data ?? null,
      info: info ?? null,
    };
    // To help find the line; AWS does not report it.
    this.stack = new Error('').stack;
  }
};

/** Ends a handler with a value: runtime.earlyReturn. */
rt.EarlyReturn = class EarlyReturn {
  constructor(value, skipTo) {
    this.value = value === undefined ? null : value;
    this.skipTo = skipTo;
  }
};

/** Ends a handler because of a time zone that the host has to bring first; then the host runs it again. */
rt.NeedsZone = class NeedsZone {
  constructor(zone) {
    this.zone = zone;
  }
};

/** Ends a handler that looks at what few look at (identity, request, info): the host brings it, and runs it again. */
rt.NeedsRest = class NeedsRest {};

/** The run whose handler is executing: what util.* and console.* write to. See run.js. */
rt.current = null;

/** A plain fault of the caller's making; reported with the line of the resolver that called. */
rt.fault = (message) => new TypeError(message);

/** What a function of AWS's refuses, in its own words. */
rt.Refusal = class Refusal extends TypeError {};
rt.refusal = (message) => new rt.Refusal(message);

rt.isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// A small pseudo-random generator (sfc32), seeded by the host with 128 bits of the operating
// system's entropy: QuickJS seeds Math.random from the clock, so two contexts made in the same
// microsecond would hand out the same ids.
{
  const state = new Uint32Array(4);
  const next = () => {
    const sum = (state[0] + state[1] + state[3]) >>> 0;
    state[3] = state[3] + 1;
    state[0] = state[1] ^ (state[1] >>> 9);
    state[1] = state[2] + (state[2] << 3);
    state[2] = ((state[2] << 21) | (state[2] >>> 11)) + sum;
    return sum;
  };
  rt.seed = (a, b, c, d) => {
    state.set([a, b, c, d]);
    for (let i = 0; i < 16; i += 1) next();
  };
  rt.randomBytes = (count) => {
    const bytes = [];
    while (bytes.length < count) {
      const word = next();
      bytes.push(word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24);
    }
    return bytes.slice(0, count);
  };
  rt.randomWord = next;
  rt.random = () => next() / 4294967296;
}
