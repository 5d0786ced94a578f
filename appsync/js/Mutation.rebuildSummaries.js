import { util } from '@aws-appsync/utils';

// Mutation.rebuildSummaries, on the Lambda function, for staff: each call brings the rebuilding one step on.

export function request(ctx) {
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error('Only staff may rebuild the read model.', 'StaffOnly');
  }
  const { generation, settleSeconds } = ctx.args.input;
  const who = { customerId: ctx.identity.sub, isStaff: true };
  return {
    operation: 'Invoke',
    payload: { action: 'rebuild', ...who, generation: generation ?? null, settleSeconds: settleSeconds ?? 600 },
  };
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
