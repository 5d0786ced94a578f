import { util, runtime } from '@aws-appsync/utils';

// Query.order, on the orders table: the order's state, for its owner or for staff.

export function request(ctx) {
  if (!isId(ctx.args.id)) {
    runtime.earlyReturn(null);
  }
  return {
    operation: 'GetItem',
    key: util.dynamodb.toMapValues({ pk: `ORDER#${ctx.args.id.toLowerCase()}`, sk: 'STATE' }),
    // A client reads this right after its subscription went live: an older state would be a gap.
    consistentRead: true,
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  const state = ctx.result;
  // Someone else's order and no order at all look alike: ids must not be probed.
  if (!state || !maySee(ctx.identity, state)) {
    return null;
  }
  return { ...state, id: state.orderId };
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
