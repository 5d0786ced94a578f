import { util } from '@aws-appsync/utils';

// Step 1 of submitOrder, without a data source: the same rules, codes, paths and words as `orders/parsing.py`
// has for enqueueOrder; tests/shape holds the two to each other. GraphQL has checked the types before this.
// This runtime has no regular expressions: characters are looked up in an alphabet.

const CURRENCIES = ['AUD', 'CHF', 'EUR', 'GBP', 'INR', 'JPY', 'KWD', 'USD'];
const HEX = '0123456789abcdef';
const CARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const SKU = `${CARD}.`;
const DASHES = [8, 13, 18, 23]; // where a UUID has them
const MAX_ITEMS = 50;
const MAX_SKU = 64;
const MAX_NAME = 256;
const MAX_CARD = 128;
const MAX_QUANTITY = 999;
const MAX_TOTAL = 2147483647; // GraphQL's Int has 32 bits

// Written by `python -m tools.order_fields` from orders/fields.py: begin.
const OPTIONAL = [
  {
    name: 'country',
    code: 'BAD_COUNTRY',
    message: 'must be two capital letters, such as DE',
    alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    shortest: 2,
    longest: 2,
    isTagged: false,
  },
];
// end

export function request(ctx) {
  const { clientToken, currency, items, cardToken, orchestrator } = ctx.args.input;
  if (!isUuid(clientToken)) {
    refuse('clientToken', 'NOT_A_UUID', 'must be a UUID such as 3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b');
  }
  if (!CURRENCIES.includes(currency)) {
    refuse('currency', 'UNKNOWN_CURRENCY', `must be one of ${CURRENCIES.join(', ')}`);
  }
  if (items.length === 0) {
    refuse('items', 'NO_ITEMS', 'an order needs at least one item');
  }
  if (items.length > MAX_ITEMS) {
    refuse('items', 'TOO_MANY_ITEMS', `an order has at most ${MAX_ITEMS} items`);
  }
  items.forEach((item, index) => checkItem(item, `items[${index}]`, items.slice(0, index)));
  if (!isWord(cardToken, CARD, MAX_CARD)) {
    refuse('cardToken', 'BAD_CARD_TOKEN', 'must be 1 to 128 of A-Z, a-z, 0-9, dash, underscore');
  }
  const present = OPTIONAL.filter((rule) => (ctx.args.input[rule.name] ?? null) !== null);
  const optional = {};
  present.forEach((rule) => {
    const value = ctx.args.input[rule.name];
    if (!fits(value, rule)) {
      refuse(rule.name, rule.code, rule.message);
    }
    optional[rule.name] = value;
  });
  const deployed = ctx.env.ORCHESTRATOR;
  const total = items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0);
  if (total > MAX_TOTAL) {
    refuse('items', 'TOTAL_TOO_LARGE', `the total must be at most ${MAX_TOTAL}`);
  }
  ctx.stash.contents = {
    // One order, one id: a client's upper-case token must not name a second one.
    orderId: clientToken.toLowerCase(),
    currency,
    total,
    items: items.map(({ sku, name, quantity, unitPrice }) => ({ sku, name, quantity, unitPrice })),
    cardToken,
    optional,
    orchestrator: orchestrator ?? deployed.toUpperCase(),
    canonical: canonical(currency, cardToken, items, present, optional),
  };
  return { payload: null };
}

export function response() {
  return null;
}

function refuse(field, code, message) {
  const path = `input.${field}`;
  util.error(`${path}: ${message}`, 'InvalidOrder', null, { path, code });
}

function checkItem(item, path, before) {
  if (!isWord(item.sku, SKU, MAX_SKU)) {
    refuse(`${path}.sku`, 'BAD_SKU', 'must be 1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore');
  }
  if (item.name.length < 1 || item.name.length > MAX_NAME) {
    refuse(`${path}.name`, 'NAME_LENGTH', `must have 1 to ${MAX_NAME} characters`);
  }
  if (hasForbidden(item.name)) {
    refuse(
      `${path}.name`,
      'NAME_CHARACTERS',
      'must have no control characters and no halves of a surrogate pair',
    );
  }
  if (item.quantity < 1 || item.quantity > MAX_QUANTITY) {
    refuse(`${path}.quantity`, 'QUANTITY_RANGE', `must be 1 to ${MAX_QUANTITY}`);
  }
  if (item.unitPrice < 0) {
    refuse(`${path}.unitPrice`, 'PRICE_RANGE', 'must be 0 or more');
  }
  if (before.some((other) => other.sku === item.sku)) {
    refuse(`${path}.sku`, 'DUPLICATE_SKU', 'is in the order already; add up the quantities');
  }
}

function fits(text, rule) {
  return rule.alphabet
    ? text.length >= rule.shortest && isWord(text, rule.alphabet, rule.longest)
    : text.length >= rule.shortest && text.length <= rule.longest && !hasForbidden(text);
}

function isUuid(text) {
  const units = text.toLowerCase().split('');
  // Lower-casing can make a character longer, or a Latin letter of another one (the Kelvin sign): the
  // length of both is checked, and hexadecimal digits have no such double.
  return (
    text.length === 36 &&
    units.length === 36 &&
    units.every((unit, index) => (DASHES.includes(index) ? unit === '-' : HEX.indexOf(unit) >= 0))
  );
}

function isWord(text, alphabet, longest) {
  return (
    text.length >= 1 && text.length <= longest && text.split('').every((unit) => alphabet.indexOf(unit) >= 0)
  );
}

function hasForbidden(text) {
  // UTF-16 code units, as JavaScript compares them.
  const isHigh = (unit) => unit >= '\ud800' && unit <= '\udbff';
  const isLow = (unit) => unit >= '\udc00' && unit <= '\udfff';
  return text
    .split('')
    .some(
      (unit, index, all) =>
        unit < ' ' ||
        (unit >= '\u007f' && unit <= '\u009f') ||
        (isHigh(unit) && !isLow(all[index + 1] ?? '')) ||
        (isLow(unit) && !isHigh(all[index - 1] ?? '')),
    );
}

function canonical(currency, cardToken, items, present, optional) {
  const lines = items.map(
    ({ sku, quantity, unitPrice, name }) => `${sku};${quantity};${unitPrice};${name.length}:${name}|`,
  );
  const more = present.map(({ name, isTagged }) =>
    isTagged ? `${name}=${optional[name].length}:${optional[name]}|` : `${optional[name]}|`,
  );
  return `v1|${currency}|${cardToken.length}:${cardToken}|${items.length}|${lines.join('')}${more.join('')}`;
}
