import { util, runtime } from '@aws-appsync/utils';

// Step 2 of decideOrder, on the orders table; skipped when the order has been decided just now.

export function request(ctx) {
  if (ctx.stash.order) {
    runtime.earlyReturn(null);
  }
  return {
    operation: 'GetItem',
    key: util.dynamodb.toMapValues({ pk: `ORDER#${ctx.args.input.orderId.toLowerCase()}`, sk: 'STATE' }),
    consistentRead: true,
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  const state = ctx.result;
  if (!state) {
    util.error('You have no order with this id.', 'OrderNotFound');
  }
  const target = ctx.args.input.decision === 'REJECT' ? 'REJECTED' : 'CONFIRMED';
  const history = state.history;
  const decided = history.some(
    (entry, index) =>
      entry.status === target && index > 0 && history[index - 1].status === 'AWAITING_APPROVAL',
  );
  if (!decided) {
    util.error(`The order is ${state.status} and awaits no such decision.`, 'OrderNotDecidable', null, {
      status: state.status,
    });
  }
  // Decided so before, perhaps by this client's own request whose answer was lost.
  ctx.stash.order = { ...state, id: state.orderId };
  return null;
}
