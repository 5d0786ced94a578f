import { util } from '@aws-appsync/utils';

// Mutation.createImport, on the Lambda function: Python keeps the import and signs a form for its file.

export function request(ctx) {
  const isStaff = (ctx.identity.groups ?? []).includes('staff');
  const payload = { action: 'create', input: ctx.args.input, customerId: ctx.identity.sub, isStaff };
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
