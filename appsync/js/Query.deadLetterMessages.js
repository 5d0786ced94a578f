import { util } from '@aws-appsync/utils';

// Query.deadLetterMessages, on the Lambda function, for staff: Python looks into the queue.

export function request(ctx) {
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error('Only staff may look after dead letters.', 'StaffOnly');
  }
  const { place, limit } = ctx.args;
  return {
    operation: 'Invoke',
    payload: { action: 'show', customerId: ctx.identity.sub, isStaff: true, place, limit: limit ?? 50 },
  };
}

export function response(ctx) {
  if (ctx.error) {
    // The function's own words (a traceback, a queue's name) are for its log, not for clients.
    console.error(`${ctx.error.type}: ${ctx.error.message}`);
    util.error('The dead letters cannot be reached just now: try again.', 'InternalError');
  }
  const { result, error } = ctx.result;
  if (error) {
    util.error(error.message, error.type, null, error.info);
  }
  return result;
}
