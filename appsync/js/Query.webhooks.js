import { util } from '@aws-appsync/utils';

// Query.webhooks, on the Lambda function: Python reads the endpoints and asks SNS.

export function request(ctx) {
  return { operation: 'Invoke', payload: { action: 'list', customerId: ctx.identity.sub } };
}

export function response(ctx) {
  if (ctx.error) {
    // The function's own words (a traceback, a table's name) are for its log, not for clients.
    console.error(`${ctx.error.type}: ${ctx.error.message}`);
    util.error('The webhook could not be managed just now: try again.', 'InternalError');
  }
  const { result, error } = ctx.result;
  if (error) {
    util.error(error.message, error.type, null, error.info);
  }
  return result.webhooks;
}
