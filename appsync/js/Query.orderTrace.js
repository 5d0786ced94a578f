import { util, runtime } from '@aws-appsync/utils';

// Query.orderTrace, on the Lambda function, for staff: Python reads the execution's history.

export function request(ctx) {
  if (!isId(ctx.args.id)) {
    runtime.earlyReturn(null);
  }
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error("Only staff may look at an order's workflow.", 'StaffOnly');
  }
  return {
    operation: 'Invoke',
    payload: { id: ctx.args.id, customerId: ctx.identity.sub, isStaff: true },
  };
}

export function response(ctx) {
  if (ctx.error) {
    // The function's own words (a traceback, a table's name) are for its log, not for clients.
    console.error(`${ctx.error.type}: ${ctx.error.message}`);
    util.error("The order's workflow cannot be read just now.", 'InternalError');
  }
  const { trace, error } = ctx.result;
  if (error) {
    util.error(error.message, error.type, null, error.info);
  }
  return trace;
}

// What is no UUID names no order.
function isId(text) {
  const units = text.toLowerCase().split('');
  return units.length === 36 && units.every((unit) => '0123456789abcdef-'.indexOf(unit) >= 0);
}
