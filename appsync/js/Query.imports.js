import { util } from '@aws-appsync/utils';

// Query.imports, on the Lambda function: the caller's imports, everyone's for staff.

export function request(ctx) {
  const isStaff = (ctx.identity.groups ?? []).includes('staff');
  const payload = { action: 'list', limit: ctx.args.limit ?? 20, nextToken: ctx.args.nextToken, customerId: ctx.identity.sub, isStaff };
  // Reading them costs a query.
  payload.refusals = ctx.info.selectionSetList.includes('imports/refusals');
  return { operation: 'Invoke', payload };
}

export function response(ctx) {
  if (ctx.error) {
    // The function's own words (a traceback, a table's name) are for its log, not for clients.
    console.error(`${ctx.error.type}: ${ctx.error.message}`);
    util.error('The import could not be managed just now: try again.', 'InternalError');
  }
  const { result, error } = ctx.result;
  if (error) {
    util.error(error.message, error.type, null, error.info);
  }
  return result;
}
