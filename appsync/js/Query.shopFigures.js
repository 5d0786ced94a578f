import { util } from '@aws-appsync/utils';

// Query.shopFigures, for staff: Python adds up what the consumer counted. Without analytics the resolver has no
// data source, and ends here.

export function request(ctx) {
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error("Only staff may see the shop's figures.", 'StaffOnly');
  }
  if (ctx.env.ANALYTICS !== 'true') {
    util.error('Analytics are switched off here.', 'AnalyticsOff');
  }
  return { operation: 'Invoke', payload: { customerId: ctx.identity.sub, isStaff: true } };
}

export function response(ctx) {
  if (ctx.error) {
    // The function's own words (a traceback, a table's name) are for its log, not for clients.
    console.error(`${ctx.error.type}: ${ctx.error.message}`);
    util.error('The figures cannot be read just now: try again.', 'InternalError');
  }
  const { result, error } = ctx.result;
  if (error) {
    util.error(error.message, error.type, null, error.info);
  }
  return result;
}
