import { runtime } from '@aws-appsync/utils';

// Step 6 of submitOrder, over HTTP to SQS; skipped unless Step Functions or Lambda did not take the order.

export function request(ctx) {
  if (!ctx.stash.notStarted) {
    runtime.earlyReturn(null);
  }
  const { id, trace } = ctx.stash.order;
  const header = { AWSTraceHeader: { DataType: 'String', StringValue: trace } };
  return {
    method: 'POST',
    resourcePath: '/',
    params: {
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
      body: JSON.stringify({
        QueueUrl: ctx.env.ORDER_QUEUE_URL,
        MessageBody: JSON.stringify({ orderId: id }),
        ...(trace ? { MessageSystemAttributes: header } : {}),
      }),
    },
  };
}

export function response(ctx) {
  if (ctx.error || ctx.result.statusCode !== 200) {
    // No error for the client even now: the order is recorded, and the reconciler finds it within minutes.
    console.error(`order ${ctx.stash.order.id} was not queued: ${ctx.result?.statusCode} ${ctx.result?.body}`);
  }
  return null;
}
