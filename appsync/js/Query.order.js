import { util } from '@aws-appsync/utils';

// Query.order, on the orders table: the order's state, for its owner or for staff.

export function request(ctx) {
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

function maySee(identity, state) {
  return state.customerId === identity.sub || (identity.groups ?? []).includes('staff');
}
