import { extensions } from '@aws-appsync/utils';

// Subscription.onOrderStatus, run once when a client subscribes. The order is not looked up, since a client
// may subscribe before it submits. Instead the filter asks for the caller's own customer id as well:
// whoever subscribes to someone else's order just never hears anything.

export function request() {
  return { payload: null };
}

export function response(ctx) {
  // Ids are lower-case, whatever case the client's token has.
  const filters = [{ fieldName: 'orderId', operator: 'eq', value: ctx.args.orderId.toLowerCase() }];
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    filters.push({ fieldName: 'customerId', operator: 'eq', value: ctx.identity.sub });
  }
  extensions.setSubscriptionFilter({ filterGroup: [{ filters }] });
  return null; // AppSync demands it of a subscription
}
