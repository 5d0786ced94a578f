import { util, runtime } from '@aws-appsync/utils';

// Order.items, on the orders table: read only when a client selects them, from the contents item.
// The source is an order that the caller was allowed to see, so there is no check here.

export function request(ctx) {
  if (ctx.source.items) {
    // A submission has just written them, or a Lambda function has read them.
    runtime.earlyReturn(ctx.source.items);
  }
  return {
    operation: 'GetItem',
    // Contents are written once and together with the state, yet a consistent read is needed:
    // a replica may not have a brand-new order.
    key: util.dynamodb.toMapValues({ pk: `ORDER#${ctx.source.id}`, sk: 'CONTENTS' }),
    consistentRead: true,
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  return ctx.result.items;
}
