import { util } from '@aws-appsync/utils';

// Mutation.enqueueOrder, on the Lambda function: Python records the order and puts it in the queue.

export function request(ctx) {
  return { operation: 'Invoke', payload: { input: ctx.args.input, customerId: ctx.identity.sub } };
}

export function response(ctx) {
  if (ctx.error) {
    // The function's own words (a traceback, a table's name) are for its log, not for clients.
    console.error(`${ctx.error.type}: ${ctx.error.message}`);
    util.error('The order could not be taken: send it again, with the same clientToken.', 'InternalError');
  }
  const { order, error } = ctx.result;
  if (error) {
    util.error(error.message, error.type, null, error.info);
  }
  return order;
}
