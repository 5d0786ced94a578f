import { util } from '@aws-appsync/utils';

// Query.orders, on the orders table's index `byOwner`: the caller's own orders, newest first.
// The index is eventually consistent: an order may be missing from it for a moment after its submission.

const PAGE = 20;
const LARGEST_PAGE = 100;

export function request(ctx) {
  const { status, nextToken } = ctx.args;
  // An explicit null beats the default that the schema declares.
  const limit = ctx.args.limit ?? PAGE;
  if (limit < 1 || limit > LARGEST_PAGE) {
    util.error(`limit must be 1 to ${LARGEST_PAGE}, not ${limit}`, 'BadRequest', null, { path: 'limit' });
  }
  const query = {
    operation: 'Query',
    index: 'byOwner',
    query: {
      expression: 'ownerKey = :owner',
      expressionValues: util.dynamodb.toMapValues({ ':owner': ctx.identity.sub }),
    },
    scanIndexForward: false,
    limit,
    nextToken,
  };
  if (status) {
    // DynamoDB filters after it has read `limit` items, so a page may hold fewer than that, even none.
    query.filter = {
      expression: '#status = :status',
      expressionNames: { '#status': 'status' },
      expressionValues: util.dynamodb.toMapValues({ ':status': status }),
    };
  }
  return query;
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
