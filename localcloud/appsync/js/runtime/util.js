// `util`, `runtime`, `extensions` and `console`: what '@aws-appsync/utils' gives a resolver.

const run = () => {
  if (rt.current === null) {
    throw rt.fault('util.*, runtime.* and extensions.* work inside a handler only, not while the file loads');
  }
  return rt.current;
};

const authTypes = {
  API_KEY: 'API Key Authorization',
  AWS_IAM: 'IAM Authorization',
  AMAZON_COGNITO_USER_POOLS: 'User Pool Authorization',
  OPENID_CONNECT: 'Open ID Connect Authorization',
  AWS_LAMBDA: 'Lambda Authorization',
};

// Response headers that AppSync keeps for itself.
const reservedHeaders = new Set([
  'access-control-allow-origin', 'connection', 'content-encoding', 'content-length', 'content-type', 'date',
  'expect', 'host', 'keep-alive', 'max-forwards', 'server', 'te', 'trailer', 'transfer-encoding', 'upgrade',
  'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto',
]);
// Request headers that are not passed on by util.http.copyHeaders: those of one hop or one host.
const hopHeaders = new Set([
  'transfer-encoding', 'connection', 'host', 'expect', 'keep-alive', 'upgrade', 'proxy-authenticate',
  'proxy-authorization', 'te', 'content-length',
]);

function addResponseHeader(name, value) {
  const lower = String(name).toLowerCase();
  if (reservedHeaders.has(lower) || lower.startsWith('x-amz-') || lower.startsWith('x-amzn-')) {
    throw rt.fault(`util.http: the response header ${name} is AppSync's own`);
  }
  run().headers[lower] = typeof value === 'string' ? value : rt.stringify(value);
}

/** Adds an error to those of a run, with its place where a resolver runs. */
rt.addError = (at, failure) => {
  const place = at.id ? { module: at.where, stack: failure.stack } : undefined;
  at.errors.push({ ...failure.report, ...place });
};

const randomInt = (start, end) => start + Math.floor(rt.random() * (end - start));

rt.util = {
  error(message, type, data, info) {
    throw new rt.Failure(message, type, data, info);
  },
  appendError(message, type, data, info) {
    rt.addError(run(), new rt.Failure(message, type, data, info));
  },
  unauthorized() {
    const { typeName, fieldName } = run().plan;
    // Where there is no field (EvaluateCode, event handlers) AWS says the one word.
    const message = fieldName ? `Not Authorized to access ${fieldName} on type ${typeName}` : 'Unauthorized';
    throw new rt.Failure(message, 'Unauthorized');
  },
  authType: () => authTypes[run().authType] ?? '',
  autoId: rt.autoId,
  autoUlid: rt.autoUlid,
  autoKsuid: rt.autoKsuid,
  escapeJavaScript: rt.escapeJavaScript,
  urlEncode: rt.urlEncode,
  urlDecode: rt.urlDecode,
  base64Encode: rt.base64Encode,
  base64Decode: rt.base64Decode,
  // java.util.regex's matches(): the whole text, not a part of it.
  matches: (pattern, value) => rt.javaPattern(pattern, '', true).test(String(value)),
  // Below: documented for VTL; some projects call them from JavaScript too.
  isNull: (value) => value === null || value === undefined,
  isNullOrEmpty: (value) => value === null || value === undefined || value === '',
  isNullOrBlank: (value) => value === null || value === undefined || String(value).trim() === '',
  isString: (value) => typeof value === 'string',
  isNumber: (value) => typeof value === 'number',
  isBoolean: (value) => typeof value === 'boolean',
  isList: (value) => Array.isArray(value),
  isMap: (value) => rt.isObject(value),
  defaultIfNull: (value, other) => value ?? other,
  defaultIfNullOrEmpty: (value, other) => (rt.util.isNullOrEmpty(value) ? other : value),
  defaultIfNullOrBlank: (value, other) => (rt.util.isNullOrBlank(value) ? other : value),
  toJson: (value) => rt.stringify(value),
  parseJson: (text) => rt.parse(text),
  typeOf(value) {
    if (value === null || value === undefined) return 'Null';
    if (Array.isArray(value)) return 'List';
    return { number: 'Number', string: 'String', boolean: 'Boolean', object: 'Map' }[typeof value] ?? 'Object';
  },
  time: rt.time,
  dynamodb: rt.dynamodb,
  rds: { toJsonObject: rt.rdsHelpers.toJsonObject },
  xml: rt.xml,
  transform: rt.transform,
  http: {
    copyHeaders(headers) {
      const kept = Object.entries(headers).filter(([name]) => !hopHeaders.has(name.toLowerCase()));
      return Object.fromEntries(kept);
    },
    addResponseHeader,
    addResponseHeaders(headers) {
      for (const [name, value] of Object.entries(headers)) addResponseHeader(name, value);
    },
  },
  math: {
    roundNum: (value) => Math.round(value),
    minVal: (a, b) => Math.min(a, b),
    maxVal: (a, b) => Math.max(a, b),
    randomDouble: () => rt.random(),
    randomWithinRange: randomInt,
  },
  str: {
    toUpper: (value) => value.toUpperCase(),
    toLower: (value) => value.toLowerCase(),
    toReplace: (value, part, other) => value.split(part).join(other),
    normalize: (value, form) => value.normalize(form.toUpperCase()),
  },
};

rt.runtime = {
  earlyReturn(value, options) {
    const skipTo = options?.skipTo;
    if (skipTo !== undefined && skipTo !== null && skipTo !== 'END' && skipTo !== 'NEXT') {
      throw rt.fault("runtime.earlyReturn: skipTo is 'END' or 'NEXT'");
    }
    throw new rt.EarlyReturn(value, skipTo ?? null);
  },
};

rt.extensions = {
  setSubscriptionFilter(filter) {
    run().filter = filter;
  },
  setSubscriptionInvalidationFilter(filter) {
    run().invalidationFilter = filter;
  },
  invalidateSubscriptions(object) {
    run().invalidations.push(object);
  },
  evictFromApiCache(typeName, fieldName, keys) {
    run().evictions.push({ typeName, fieldName, keys: keys ?? {} });
  },
};

const log = (level) => (...values) => {
  const text = values.map((value) => (typeof value === 'string' ? value : rt.stringify(value))).join(' ');
  const line = { level, text };
  if (run().traced) {
    // EvaluateCode tells where each line was written, and strings in their quotes.
    line.stack = new Error('').stack;
    line.text = values.map((value) => rt.stringify(value) ?? 'undefined').join(' ');
  }
  run().logs.push(line);
};
rt.console = { log: log('INFO'), info: log('INFO'), error: log('ERROR') };

rt.libraries = {
  '@aws-appsync/utils': { util: rt.util, runtime: rt.runtime, extensions: rt.extensions },
  '@aws-appsync/utils/dynamodb': rt.dynamodbHelpers,
  '@aws-appsync/utils/rds': rt.rdsHelpers,
  '@aws-appsync/utils/ai': rt.aiHelpers,
};
