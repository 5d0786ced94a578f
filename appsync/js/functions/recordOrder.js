import { util } from '@aws-appsync/utils';

// Step 2 of submitOrder, on the orders table: contents and state appear together, or not at all.

export function request(ctx) {
  const { orderId, currency, total, items, cardToken, country, canonical } = ctx.stash.contents;
  const customerId = ctx.identity.sub;
  const at = util.time.nowISO8601();
  const key = { pk: `ORDER#${orderId}` };
  const where = country ? { country } : {};
  const contents = { orderId, customerId, currency, total, items, cardToken, canonical, createdAt: at, ...where };
  const state = {
    orderId,
    customerId,
    status: 'RECEIVED',
    version: 1,
    history: [{ status: 'RECEIVED', at }],
    currency,
    total,
    itemCount: items.length,
    createdAt: at,
    updatedAt: at,
    ownerKey: customerId,
    ownerSort: `${at}#${orderId}`,
    // The sparse index of orders that no workflow has touched yet; the reconciler reads it.
    pendingKey: 'PENDING',
    pendingSince: at,
    ...where,
  };
  ctx.stash.order = { ...state, id: orderId, items };
  return {
    operation: 'TransactWriteItems',
    transactItems: [put(ctx, { ...key, sk: 'CONTENTS' }, contents), put(ctx, { ...key, sk: 'STATE' }, state)],
  };
}

export function response(ctx) {
  if (ctx.error && ctx.error.type !== 'DynamoDB:TransactionCanceledException') {
    util.error(ctx.error.message, ctx.error.type);
  }
  if (ctx.error) {
    // An order of this id exists, or is being written at this very moment.
    ctx.stash.duplicate = true;
  }
  return null;
}

function put(ctx, key, values) {
  return {
    table: ctx.env.ORDERS_TABLE,
    operation: 'PutItem',
    key: util.dynamodb.toMapValues(key),
    attributeValues: util.dynamodb.toMapValues(values),
    condition: { expression: 'attribute_not_exists(pk)', returnValuesOnConditionCheckFailure: false },
  };
}
