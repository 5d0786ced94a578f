import { util } from '@aws-appsync/utils';

// Query.customerSummary, on the Lambda function: a customer's own, and anyone's for staff. What is not the
// caller's to see looks like nothing.

export function request(ctx) {
  const isStaff = (ctx.identity.groups ?? []).includes('staff');
  const who = { customerId: ctx.identity.sub, isStaff };
  return { operation: 'Invoke', payload: { action: 'read', ...who, of: ctx.args.customerId ?? null } };
}

export function response(ctx) {
  if (ctx.error) {
    // The function's own words (a traceback, a table's name) are for its log, not for clients.
    console.error(`${ctx.error.type}: ${ctx.error.message}`);
    util.error('Summaries cannot be reached just now: try again.', 'InternalError');
  }
  const { result, error } = ctx.result;
  if (error) {
    util.error(error.message, error.type, null, error.info);
  }
  return result;
}
