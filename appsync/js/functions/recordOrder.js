import { util } from '@aws-appsync/utils';

// Step 2 of submitOrder, on the orders table: contents and state appear together, or not at all.

const FIELDS = ['Root=', 'Parent=', 'Sampled='];
const TRACE = 'RootParentSampled=;-0123456789abcdef';
const LONGEST = 80;

export function request(ctx) {
  const { orderId, currency, total, items, cardToken, optional, orchestrator, canonical } = ctx.stash.contents;
  const customerId = ctx.identity.sub;
  const at = util.time.nowISO8601();
  const key = { pk: `ORDER#${orderId}` };
  // Without one it is the workflow's, as the orders are from before there was a choice.
  const runner = orchestrator === 'DURABLE' ? { orchestrator } : {};
  const header = traceOf(ctx.request.headers['x-amzn-trace-id'] ?? '');
  const trace = header ? { trace: header } : {};
  const base = { orderId, customerId, currency, total, items, cardToken, canonical, createdAt: at };
  const contents = { ...base, ...optional, ...runner };
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
    ...optional,
    ...runner,
    ...trace,
  };
  ctx.stash.order = { ...state, id: orderId, items };
  return {
    operation: 'TransactWriteItems',
    transactItems: [put(ctx, { ...key, sk: 'CONTENTS' }, contents), put(ctx, { ...key, sk: 'STATE' }, state)],
  };
}

// What is done for the order later belongs to this request's trace, of which the table's stream knows nothing. The
// header may be the client's own: what is no trace is left out, since Step Functions would refuse to start with it.
function traceOf(header) {
  const parts = header.split(';').filter((part) => FIELDS.some((field) => part.startsWith(field)));
  const trace = parts.join(';');
  const fits = trace.length <= LONGEST && trace.split('').every((unit) => TRACE.indexOf(unit) >= 0);
  return fits && trace.indexOf('Root=1-') >= 0 ? trace : null;
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
