// `$util` and `$extensions` as templates have them: APPSYNC_JS's own, and what VTL alone has.

const { java } = rt;
const nothing = (value) => value === null || value === undefined;
const quiet = () => '';

/** Objects whose members are functions of ours, not keys of a map. */
const hosts = new WeakSet();
const host = (members) => {
  hosts.add(members);
  for (const one of Object.values(members)) if (rt.isObject(one)) host(one);
  return members;
};

/** Of each function that gives an object, the one that gives it as JSON: toMapValues, toMapValuesJson. */
const withJson = (functions) => {
  const all = { ...functions };
  for (const [name, call] of Object.entries(functions)) {
    all[`${name}Json`] ??= (...given) => rt.stringify(call(...given) ?? null);
  }
  return all;
};

const format = (values) => {
  const rest = values.slice(1).map(java.text);
  const text = java.text(values[0]).replace(/\{\}/g, () => rest.shift() ?? '{}');
  return [text, ...(values.length > 1 && text === java.text(values[0]) ? rest : [])].join(' ');
};
const log = (level) => (...values) => {
  rt.current.logs.push({ level, text: format(values) });
  return '';
};
const { util, extensions } = rt.libraries['@aws-appsync/utils'];

function validate(condition, message, type, data) {
  if (condition !== true) throw new rt.Failure(message, type ?? 'CustomTemplateException', data);
  return '';
}

const vtlUtil = host({
  ...util,
  qr: quiet,
  quiet,
  validate,
  toJson: (value) => rt.stringify(value ?? null),
  parseJson(text) {
    try {
      return nothing(text) ? null : rt.parse(text);
    } catch (error) {
      throw rt.fault(`$util.parseJson: ${error.message}`);
    }
  },
  appendError(...given) {
    util.appendError(...given);
    return '';
  },
  log: { info: log('INFO'), debug: log('DEBUG'), error: log('ERROR') },
  dynamodb: withJson(util.dynamodb),
  time: { ...util.time },
  transform: { ...util.transform },
  http: {
    ...util.http,
    addResponseHeader(name, value) {
      util.http.addResponseHeader(name, value);
      return '';
    },
    addResponseHeaders(headers) {
      util.http.addResponseHeaders(headers);
      return '';
    },
  },
  math: { ...util.math },
  str: { ...util.str },
  rds: { ...util.rds, toJsonString: (data) => rt.stringify(util.rds.toJsonObject(data)) },
  xml: { ...util.xml },
  list: {
    copyAndRetainAll: (list, others) => list.filter((one) => java.list.contains(others, one)),
    copyAndRemoveAll: (list, others) => list.filter((one) => !java.list.contains(others, one)),
    sortList(list, descending, field) {
      const key = (one) => (nothing(field) || field === '' || !rt.isObject(one) ? one : one[field]);
      const order = (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (descending === true ? -1 : 1);
      // By insertion, stable: lists hold 1,000 items at most, and sort() is APPSYNC_JS's own by now.
      const sorted = [];
      for (const one of list) {
        let low = 0;
        let high = sorted.length;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (order(sorted[middle], one) <= 0) low = middle + 1;
          else high = middle;
        }
        sorted.splice(low, 0, one);
      }
      return sorted;
    },
  },
  map: {
    copyAndRetainAllKeys: (map, keys) =>
      Object.fromEntries(Object.entries(map).filter(([key]) => java.list.contains(keys, key))),
    copyAndRemoveAllKeys: (map, keys) =>
      Object.fromEntries(Object.entries(map).filter(([key]) => !java.list.contains(keys, key))),
  },
});
const vtlExtensions = host(
  Object.fromEntries(
    Object.entries(extensions).map(([name, call]) => [
      name,
      (...given) => {
        call(...given);
        return '';
      },
    ]),
  ),
);

rt.vtl = { host, hosts, util: vtlUtil, extensions: vtlExtensions };
