import { util, runtime } from '@aws-appsync/utils';

// Step 4 of decideOrder and cancelOrder, over HTTP to Step Functions: the workflow that waits goes on at once.
// The order has changed already; a workflow that is not woken finds the change when its time limit ends.

const WAITS_NO_MORE = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];

export function request(ctx) {
  if (!ctx.stash.taskToken) {
    runtime.earlyReturn(null);
  }
  return {
    method: 'POST',
    resourcePath: '/',
    params: {
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AWSStepFunctions.SendTaskSuccess',
      },
      body: JSON.stringify({
        taskToken: ctx.stash.taskToken,
        output: JSON.stringify({ outcome: ctx.stash.ending.outcome }),
      }),
    },
  };
}

export function response(ctx) {
  const answer = ctx.error ? { statusCode: 0, body: '{}' } : ctx.result;
  if (answer.statusCode === 200) {
    return null;
  }
  // The type may carry a prefix up to '#'. JSON.parse of no JSON gives '' in this runtime, it does not throw.
  const type = JSON.parse(answer.body).__type ?? '';
  if (!WAITS_NO_MORE.some((name) => type.endsWith(name))) {
    console.error(`order ${ctx.stash.order.id}: its workflow was not woken: ${answer.statusCode} ${type}`);
    util.error('Too much at once: send it again in a moment.', 'TryAgain');
  }
  return null;
}
