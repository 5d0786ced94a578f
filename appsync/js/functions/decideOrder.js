import { util } from '@aws-appsync/utils';

// Step 1 of decideOrder, on the orders table: the decision is one conditional update, so it cannot win together
// with a cancellation or the time limit. The same rules, codes and words as `orders/approval.py`.

const MAX_NOTE = 256;

export function request(ctx) {
  const { orderId, decision, reason } = ctx.args.input;
  if (!isId(orderId)) {
    util.error('You have no order with this id.', 'OrderNotFound');
  }
  if ((reason ?? '').length > MAX_NOTE) {
    util.error(`reason: must have at most ${MAX_NOTE} characters`, 'BadRequest', null, {
      path: 'reason',
      code: 'TOO_LONG',
    });
  }
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error('Only staff may decide on orders.', 'StaffOnly');
  }
  const at = util.time.nowISO8601();
  const rejected = decision === 'REJECT';
  const target = rejected ? 'REJECTED' : 'CONFIRMED';
  const why = rejected ? { reason: 'NOT_APPROVED' } : {};
  ctx.stash.ending = { outcome: decision, by: ctx.identity.sub, at, note: reason ?? '' };
  const values = {
    ':target': target,
    ':one': 1,
    ':entry': [{ status: target, at, ...why }],
    ':at': at,
    ':change': { execution: 'decideOrder', state: decision },
    ...(rejected ? { ':reason': 'NOT_APPROVED' } : {}),
  };
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues({ pk: `ORDER#${orderId.toLowerCase()}`, sk: 'STATE' }),
    update: {
      expression:
        'SET #status = :target, version = version + :one, history = list_append(history, :entry), ' +
        `updatedAt = :at, ${rejected ? 'reason = :reason, ' : ''}lastChange = :change`,
      expressionNames: { '#status': 'status' },
      expressionValues: util.dynamodb.toMapValues(values),
    },
    condition: {
      expression: '#now = :awaiting',
      expressionNames: { '#now': 'status' },
      expressionValues: util.dynamodb.toMapValues({ ':awaiting': 'AWAITING_APPROVAL' }),
    },
  };
}

export function response(ctx) {
  if (ctx.error && ctx.error.type !== 'DynamoDB:ConditionalCheckFailedException') {
    util.error(ctx.error.message, ctx.error.type);
  }
  if (!ctx.error) {
    ctx.stash.order = { ...ctx.result, id: ctx.result.orderId };
  }
  return null;
}

// What is no UUID names no order. Asked of DynamoDB, a long one would be over the limit of a key, and half of a
// surrogate pair cannot be written at all: their refusals are no answer to a client.
function isId(text) {
  const units = text.toLowerCase().split('');
  return units.length === 36 && units.every((unit) => '0123456789abcdef-'.indexOf(unit) >= 0);
}
