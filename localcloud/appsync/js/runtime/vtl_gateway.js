// The variables of API Gateway's mapping templates: $input, $context, $stageVariables and a $util of its own.
// Source: "Variables for data transformations for API Gateway" in API Gateway's developer guide.

const { host, util } = rt.vtl;
const nothing = (value) => value === null || value === undefined;
const own = (object, name) => !nothing(object) && typeof object === 'object' && Object.hasOwn(object, name);
const look = (document, path) => {
  const value = rt.jsonPath(document, path);
  if (Array.isArray(value)) rt.java.jsonLists.add(value);
  return value === undefined ? '' : value;
};

/** What lies under names of $context or $stageVariables: an empty text where there is nothing. */
rt.vtl.known = (target, names) => {
  let value = target;
  for (const name of names) value = own(value, name) && typeof value[name] !== 'function' ? value[name] : null;
  return value ?? '';
};

/** Has the lists in a document shown as JSON, as the library does that API Gateway reads it with; its maps are Java's. */
function asRead(value) {
  if (Array.isArray(value)) rt.java.jsonLists.add(value);
  if (Array.isArray(value) || rt.isObject(value)) Object.values(value).forEach(asRead);
  return value;
}

/** $input: the body is read as JSON when a template first asks for a part of it. */
function inputOf({ body, params }) {
  let read;
  const document = () => {
    if (read !== undefined) return read.value;
    try {
      read = { value: body.trim() === '' ? {} : asRead(rt.parse(body)) };
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
const gatewayUtil = host({
  ...Object.fromEntries(UTIL.map((name) => [name, util[name]])),
  parseJson: (text) => asRead(util.parseJson(text)),
  escapeJavaScript: (value) => (nothing(value) ? null : util.escapeJavaScript(typeof value === 'string' ? value : rt.java.text(value))),
});

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
