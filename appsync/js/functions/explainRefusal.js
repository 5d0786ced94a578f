import { util, runtime } from '@aws-appsync/utils';

// Step 2 of cancelOrder, on the orders table; skipped when the order has been cancelled just now.

export function request(ctx) {
  if (ctx.stash.order) {
    runtime.earlyReturn(null);
  }
  return {
    operation: 'GetItem',
    key: util.dynamodb.toMapValues({ pk: `ORDER#${ctx.args.id.toLowerCase()}`, sk: 'STATE' }),
    consistentRead: true,
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  const state = ctx.result;
  if (!state || !maySee(ctx.identity, state)) {
    util.error('You have no order with this id.', 'OrderNotFound');
  }
  if (state.status !== 'CANCELLED') {
    util.error(`The order is ${state.status} and can no longer be cancelled.`, 'OrderNotCancellable', null, {
      status: state.status,
    });
  }
  // Cancelled before, perhaps by this client's own request whose answer was lost.
  ctx.stash.order = { ...state, id: state.orderId };
  const before = state.history[state.history.length - 2];
  if (before && before.status === 'AWAITING_APPROVAL') {
    ctx.stash.ending = { outcome: 'CANCEL', by: ctx.identity.sub, at: state.updatedAt, note: '' };
  }
  return null;
}

function maySee(identity, state) {
  return state.customerId === identity.sub || (identity.groups ?? []).includes('staff');
}
