import { util, runtime } from '@aws-appsync/utils';

// Step 3 of submitOrder, on the orders table; skipped unless the id was taken.
// The same order of the same customer is a repetition: it is answered with the order.
// Anything else is a conflict, and the answer says nothing of the other order.

const CONFLICT =
  'This clientToken was used for another order. Make a new UUID to submit a new order; ' +
  'to repeat one, send exactly what you sent before.';

export function request(ctx) {
  if (!ctx.stash.duplicate) {
    runtime.earlyReturn(null);
  }
  const pk = `ORDER#${ctx.stash.contents.orderId}`;
  const keys = [
    util.dynamodb.toMapValues({ pk, sk: 'CONTENTS' }),
    util.dynamodb.toMapValues({ pk, sk: 'STATE' }),
  ];
  return { operation: 'BatchGetItem', tables: { [ctx.env.ORDERS_TABLE]: { keys, consistentRead: true } } };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  // An item that does not exist is null in its place.
  const found = ctx.result.data[ctx.env.ORDERS_TABLE].filter((item) => item);
  const contents = found.find((item) => item.sk === 'CONTENTS');
  const state = found.find((item) => item.sk === 'STATE');
  if (!contents || !state) {
    // Two submissions of one id at once: DynamoDB refused this one and has not shown the other yet.
    util.error('Too much at once: send it again in a moment.', 'TryAgain');
  }
  if (contents.customerId !== ctx.identity.sub || contents.canonical !== ctx.stash.contents.canonical) {
    util.error(CONFLICT, 'IdempotencyConflict');
  }
  ctx.stash.order = { ...state, id: state.orderId, items: contents.items };
  return null;
}
