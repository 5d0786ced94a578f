import { util, runtime } from '@aws-appsync/utils';

// Step 5 of decideOrder and cancelOrder, over HTTP to Lambda: the durable function that waits goes on at once. The
// order has changed already; a run that is not woken finds the change when its time limit ends.

const WAITS_NO_MORE = ['CallbackTimeoutException', 'ResourceNotFoundException'];

export function request(ctx) {
  if (!ctx.stash.callbackId) {
    runtime.earlyReturn(null);
  }
  return {
    method: 'POST',
    // A callback's id is base64, which has characters that a path has not.
    resourcePath: `/2025-12-01/durable-execution-callbacks/${util.urlEncode(ctx.stash.callbackId)}/succeed`,
    params: {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: ctx.stash.ending.outcome }),
    },
  };
}

export function response(ctx) {
  const answer = ctx.error ? { statusCode: 0, body: '{}', headers: {} } : ctx.result;
  if (answer.statusCode === 200) {
    return null;
  }
  const names = Object.keys(answer.headers).filter((name) => name.toLowerCase() === 'x-amzn-errortype');
  // The type may carry a suffix behind ':'.
  const type = names.map((name) => answer.headers[name].split(':')[0]).join('');
  if (!WAITS_NO_MORE.includes(type)) {
    console.error(`order ${ctx.stash.order.id}: its run was not woken: ${answer.statusCode} ${type}`);
    util.error('Too much at once: send it again in a moment.', 'TryAgain');
  }
  return null;
}
