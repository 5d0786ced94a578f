import { util } from '@aws-appsync/utils';

// Query.deadLetters, on the Lambda function, for staff: Python asks the queues.

export function request(ctx) {
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error('Only staff may look after dead letters.', 'StaffOnly');
  }
  return {
    operation: 'Invoke',
    payload: { action: 'list', customerId: ctx.identity.sub, isStaff: true },
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
