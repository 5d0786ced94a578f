// The variables of API Gateway's mapping templates: $input, $context, $stageVariables and a $util of its own.
// Source: "Variables for data transformations for API Gateway" in API Gateway's developer guide.

const { host, util } = rt.vtl;
const nothing = (value) => value === null || value === undefined;
const own = (object, name) => !nothing(object) && typeof object === 'object' && Object.hasOwn(object, name);
// .name  ..name  .*  ['name']  [*]  [0]  [-1]  [1:3]
const STEP = /^(\.\.|\.)?(?:([^.[\]\s*'"$]+|\*)|\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\*)|(-?\d+)|(-?\d*):(-?\d*))\s*\])/;

function stepsOf(path) {
  const whole = path.trim();
  let rest = whole.startsWith('$') ? whole.slice(1) : `.${whole}`;
  const steps = [];
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (match === null || (match[2] !== undefined && match[1] === undefined)) {
      throw rt.fault(`the JSONPath ${whole} is not supported here`);
    }
    const [all, dots, name, single, double, star, index, first, last] = match;
    const text = single ?? double;
    steps.push({
      deep: dots === '..',
      every: name === '*' || star !== undefined,
      name: name ?? text?.replace(/\\(.)/g, '$1'),
      index: index === undefined ? undefined : Number(index),
      slice: first === undefined ? undefined : [first, last].map((one) => (one === '' ? undefined : Number(one))),
    });
    rest = rest.slice(all.length);
  }
  return steps;
}

const below = (value) => [value, ...Object.values(rt.isObject(value) || Array.isArray(value) ? value : []).flatMap(below)];

function take(value, step) {
  if (step.every) return rt.isObject(value) || Array.isArray(value) ? Object.values(value) : [];
  if (step.slice !== undefined) return Array.isArray(value) ? value.slice(...step.slice) : [];
  if (step.index !== undefined) {
    const at = step.index < 0 && Array.isArray(value) ? value.length + step.index : step.index;
    return Array.isArray(value) && at >= 0 && at < value.length ? [value[at]] : [];
  }
  return rt.isObject(value) && own(value, step.name) ? [value[step.name]] : [];
}

/** What a JSONPath names: a value, '' where there is none, or a list of all that an indefinite path names. */
function look(document, path) {
  const steps = stepsOf(path);
  let values = [document];
  for (const step of steps) {
    if (step.deep) values = values.flatMap(below);
    values = values.flatMap((value) => take(value, step));
  }
  if (steps.some((step) => step.deep || step.every || step.slice !== undefined)) return values;
  return values.length === 0 ? '' : values[0];
}

/** $input: the body is read as JSON when a template first asks for a part of it. */
function inputOf({ body, params }) {
  let read;
  const document = () => {
    if (read !== undefined) return read.value;
    try {
      read = { value: body.trim() === '' ? {} : rt.parse(body) };
    } catch (error) {
      throw new rt.Failure(`Could not parse request body into json: ${error.message}`, 'BadRequestBody');
    }
    return read.value;
  };
  const header = (name) => {
    const lower = name.toLowerCase();
    const spelled = Object.keys(params.header).find((one) => one.toLowerCase() === lower);
    return spelled === undefined ? '' : params.header[spelled];
  };
  return host({
    body,
    json: (path) => rt.stringify(look(document(), path ?? '$')),
    path: (path) => look(document(), path ?? '$'),
    params(name) {
      if (nothing(name)) return params;
      const place = [params.path, params.querystring].find((one) => own(one, name));
      return place === undefined ? header(name) : place[name];
    },
  });
}

const UTIL = ['escapeJavaScript', 'parseJson', 'urlEncode', 'urlDecode', 'base64Encode', 'base64Decode'];
const gatewayUtil = host(Object.fromEntries(UTIL.map((name) => [name, util[name]])));

/** Renders a template of API Gateway's, and tells what it set of the request and of the response. */
rt.vtl.gateway = (given, body) => {
  const context = given.context ?? {};
  rt.current.macros = 0;
  const variables = Object.assign(Object.create(null), {
    input: inputOf(given.input), context, stageVariables: given.stageVariables ?? {}, util: gatewayUtil,
  });
  const text = body(variables, Object.create(null), []);
  if (typeof text !== 'string') throw rt.fault("#return is AppSync's alone");
  return { text, requestOverride: context.requestOverride ?? {}, responseOverride: context.responseOverride ?? {} };
};
