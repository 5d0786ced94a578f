import { util, runtime } from '@aws-appsync/utils';

// Query.orderHistory, on the orders table: the changes after a version that the caller has.

export function request(ctx) {
  if (!isId(ctx.args.id)) {
    runtime.earlyReturn(null);
  }
  return {
    operation: 'GetItem',
    key: util.dynamodb.toMapValues({ pk: `ORDER#${ctx.args.id.toLowerCase()}`, sk: 'STATE' }),
    // Asked to fill a gap: an eventually consistent read could have the same gap.
    consistentRead: true,
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  const state = ctx.result;
  if (!state || !maySee(ctx.identity, state)) {
    return null;
  }
  const after = ctx.args.afterVersion ?? 0;
  const { orderId, customerId, version } = state;
  // Entry n of the history is version n: the version is never stored twice.
  const changes = state.history.map((entry, index) => ({
    orderId,
    customerId,
    version: index + 1,
    status: entry.status,
    at: entry.at,
    reason: entry.reason,
  }));
  return { orderId, version, changes: changes.filter((change) => change.version > after) };
}

// What is no UUID names no order. Asked of DynamoDB, a long one would be over the limit of a key, and half of a
// surrogate pair cannot be written at all: their refusals are no answer to a client.
function isId(text) {
  const units = text.toLowerCase().split('');
  return units.length === 36 && units.every((unit) => '0123456789abcdef-'.indexOf(unit) >= 0);
}

function maySee(identity, state) {
  return state.customerId === identity.sub || (identity.groups ?? []).includes('staff');
}
