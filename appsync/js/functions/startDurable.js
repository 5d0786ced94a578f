import { runtime } from '@aws-appsync/utils';

// Step 5 of submitOrder, over HTTP to Lambda: AppSync starts the durable function itself, by its alias: an execution
// stays with the version that this leads to. Skipped unless the order is the durable function's.

export function request(ctx) {
  const { id, status, trace, orchestrator } = ctx.stash.order;
  if (status !== 'RECEIVED' || orchestrator !== 'DURABLE') {
    runtime.earlyReturn(null);
  }
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS
  const arn = ctx.env.DURABLE_FUNCTION_ARN;
  const parts = arn.split(':');
  return {
    method: 'POST',
    resourcePath: `/2015-03-31/functions/${parts[6]}/invocations`,
    params: {
      query: { Qualifier: parts[7] },
      headers: {
        'content-type': 'application/json',
        'x-amz-invocation-type': 'Event',
        // The order's id names the execution, and the input holds nothing that differs between two attempts: so a
        // second start of the same order joins the first.
        'x-amz-durable-execution-name': id,
        ...(trace ? { 'x-amzn-trace-id': trace } : {}),
      },
      body: JSON.stringify({ orderId: id }),
    },
  };
}

export function response(ctx) {
  const answer = ctx.error ? { statusCode: 0, body: '' } : ctx.result;
  // 409: its name has an execution with another input, so it was started before.
  if (answer.statusCode !== 202 && answer.statusCode !== 409) {
    // The order is recorded, so it is not refused: the next step puts it in the queue.
    console.error(`order ${ctx.stash.order.id} was not started: ${answer.statusCode} ${answer.body}`);
    ctx.stash.notStarted = true;
  }
  return null;
}
