import { util } from '@aws-appsync/utils';

// Mutation.redriveDeadLetters, on the Lambda function, for staff: Python puts the letters back.

export function request(ctx) {
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error('Only staff may look after dead letters.', 'StaffOnly');
  }
  const { place, orderId, dryRun } = ctx.args.input;
  const who = { customerId: ctx.identity.sub, isStaff: true };
  return {
    operation: 'Invoke',
    payload: { action: 'redrive', ...who, place, orderId: orderId ?? null, dryRun: dryRun ?? false },
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
