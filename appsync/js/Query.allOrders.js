import { util } from '@aws-appsync/utils';

// Query.allOrders, on the orders table's index `byStatus`: everyone's orders in one status, newest first, for staff.
// The index is eventually consistent: for a moment after a change an order may be missing, or in its old status.

const PAGE = 20;
const LARGEST_PAGE = 100;

export function request(ctx) {
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error("Only staff may see everyone's orders.", 'StaffOnly');
  }
  if (ctx.env.STAFF_BOARD !== 'true') {
    util.error("The list of everyone's orders is switched off here.", 'StaffBoardOff');
  }
  const { status, nextToken } = ctx.args;
  // An explicit null beats the default that the schema declares.
  const limit = ctx.args.limit ?? PAGE;
  if (limit < 1 || limit > LARGEST_PAGE) {
    util.error(`limit must be 1 to ${LARGEST_PAGE}, not ${limit}`, 'BadRequest', null, { path: 'limit' });
  }
  return {
    operation: 'Query',
    index: 'byStatus',
    query: {
      expression: '#status = :status',
      expressionNames: { '#status': 'status' },
      expressionValues: util.dynamodb.toMapValues({ ':status': status }),
    },
    scanIndexForward: false,
    limit,
    nextToken,
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  return {
    orders: ctx.result.items.map((state) => ({ ...state, id: state.orderId })),
    nextToken: ctx.result.nextToken,
  };
}
