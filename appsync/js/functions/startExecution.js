import { runtime } from '@aws-appsync/utils';

// Step 4 of submitOrder, over HTTP to Step Functions: AppSync starts the workflow itself.

// Seconds between two steps of fulfilment: an Express execution ends after 300, tasks included.
const EXPRESS_PACE = 60;

export function request(ctx) {
  const { id, status, trace, orchestrator } = ctx.stash.order;
  if (status !== 'RECEIVED' || orchestrator === 'DURABLE') {
    // The next step's, or a repetition of an order that is under way. That is not started "to be safe": 90 days after an
    // execution has ended its name is free again, and a second one would begin.
    runtime.earlyReturn(null);
  }
  return {
    method: 'POST',
    resourcePath: '/',
    params: {
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AWSStepFunctions.StartExecution',
      },
      // The order's id names the execution, and the input holds nothing that differs between two
      // attempts: so a second start of the same order is the same start.
      body: JSON.stringify({
        stateMachineArn: machine(ctx),
        name: id,
        input: JSON.stringify({ orderId: id }),
        ...(trace ? { traceHeader: trace } : {}),
      }),
    },
  };
}

export function response(ctx) {
  // A status other than 200 does not set ctx.error: unchecked, a throttled start would look like success.
  const answer = ctx.error ? { statusCode: 0, body: '{}' } : ctx.result;
  if (answer.statusCode !== 200 && !alreadyStarted(answer.body)) {
    // The order is recorded, so it is not refused: the next step puts it in the queue.
    console.error(`order ${ctx.stash.order.id} was not started: ${answer.statusCode} ${answer.body}`);
    ctx.stash.notStarted = true;
  }
  return null;
}

// The same rule as `orders/starting.py`. An Express execution has no name of its own: its first state claims the order.
function machine(ctx) {
  const flagged = ctx.env.FLAGGED_COUNTRIES;
  const fits =
    ctx.env.EXPRESS_ORDERS === 'true' &&
    JSON.parse(ctx.env.PACE_SECONDS) <= EXPRESS_PACE &&
    ctx.stash.order.total <= JSON.parse(ctx.env.APPROVAL_LIMIT) &&
    !flagged.split(',').includes(ctx.stash.order.country ?? '');
  return fits ? ctx.env.EXPRESS_MACHINE_ARN : ctx.env.STATE_MACHINE_ARN;
}

function alreadyStarted(body) {
  // The type may carry a prefix up to '#'. JSON.parse of no JSON gives '' in this runtime, it does not throw.
  const type = JSON.parse(body).__type ?? '';
  return type.endsWith('ExecutionAlreadyExists');
}
