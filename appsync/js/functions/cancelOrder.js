import { util } from '@aws-appsync/utils';

// Step 1 of cancelOrder, on the orders table: one conditional update decides, so a cancellation and the
// workflow's own writes cannot both win. The workflow sees it at its next write, and gives everything back.

export function request(ctx) {
  if (!isId(ctx.args.id)) {
    util.error('You have no order with this id.', 'OrderNotFound');
  }
  const at = util.time.nowISO8601();
  const values = {
    ':cancelled': 'CANCELLED',
    ':one': 1,
    ':entry': [{ status: 'CANCELLED', at, reason: 'CUSTOMER_REQUEST' }],
    ':at': at,
    ':reason': 'CUSTOMER_REQUEST',
    ':change': { execution: 'cancelOrder', state: 'cancelOrder' },
  };
  // Placeholders of a condition are its own: AppSync wants each section to declare just those that it uses.
  const allowed = {
    ':received': 'RECEIVED',
    ':validated': 'VALIDATED',
    ':awaiting': 'AWAITING_APPROVAL',
    ':confirmed': 'CONFIRMED',
  };
  const open = '#now IN (:received, :validated, :awaiting, :confirmed)';
  const staff = (ctx.identity.groups ?? []).includes('staff');
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues({ pk: `ORDER#${ctx.args.id.toLowerCase()}`, sk: 'STATE' }),
    update: {
      // The pending marks go too: a cancelled order that was never started must not be found by the reconciler.
      expression:
        'SET #status = :cancelled, version = version + :one, history = list_append(history, :entry), ' +
        'updatedAt = :at, reason = :reason, lastChange = :change REMOVE pendingKey, pendingSince',
      expressionNames: { '#status': 'status' },
      expressionValues: util.dynamodb.toMapValues(values),
    },
    condition: {
      expression: staff ? open : `customerId = :me AND ${open}`,
      expressionNames: { '#now': 'status' },
      expressionValues: util.dynamodb.toMapValues(staff ? allowed : { ...allowed, ':me': ctx.identity.sub }),
    },
  };
}

export function response(ctx) {
  if (ctx.error && ctx.error.type !== 'DynamoDB:ConditionalCheckFailedException') {
    util.error(ctx.error.message, ctx.error.type);
  }
  if (!ctx.error) {
    ctx.stash.order = { ...ctx.result, id: ctx.result.orderId };
    const before = ctx.result.history[ctx.result.history.length - 2];
    if (before && before.status === 'AWAITING_APPROVAL') {
      ctx.stash.ending = { outcome: 'CANCEL', by: ctx.identity.sub, at: ctx.result.updatedAt, note: '' };
    }
  }
  return null;
}

// What is no UUID names no order. Asked of DynamoDB, a long one would be over the limit of a key, and half of a
// surrogate pair cannot be written at all: their refusals are no answer to a client.
function isId(text) {
  const units = text.toLowerCase().split('');
  return units.length === 36 && units.every((unit) => '0123456789abcdef-'.indexOf(unit) >= 0);
}
