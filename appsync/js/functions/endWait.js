import { util, runtime } from '@aws-appsync/utils';

// Step 3 of decideOrder and cancelOrder, on the orders table: what ended the wait for a human is noted beside the
// order, which gives what wakes the run that waits. Skipped when no run waits.

export function request(ctx) {
  if (!ctx.stash.ending) {
    runtime.earlyReturn(null);
  }
  const { outcome, by, at, note } = ctx.stash.ending;
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues({ pk: `ORDER#${ctx.stash.order.id}`, sk: 'APPROVAL' }),
    update: {
      expression: 'SET outcome = :outcome, endedBy = :by, endedAt = :at, note = :note',
      expressionValues: util.dynamodb.toMapValues({ ':outcome': outcome, ':by': by, ':at': at, ':note': note }),
    },
    condition: { expression: 'attribute_exists(pk)' },
  };
}

export function response(ctx) {
  if (ctx.error && ctx.error.type === 'DynamoDB:ConditionalCheckFailedException') {
    // It has not begun to wait, and looks at the order's status before it does.
    return null;
  }
  if (ctx.error) {
    console.error(`order ${ctx.stash.order.id}: the end of its wait was not noted: ${ctx.error.type}`);
    util.error('Too much at once: send it again in a moment.', 'TryAgain');
  }
  // The workflow leaves a task token, the durable function a callback.
  ctx.stash.taskToken = ctx.result.taskToken;
  ctx.stash.callbackId = ctx.result.callbackId;
  return null;
}
