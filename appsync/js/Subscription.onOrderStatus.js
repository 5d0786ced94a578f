import { util, extensions } from '@aws-appsync/utils';

// Subscription.onOrderStatus, run once when a client subscribes. The order is not looked up, since a client
// may subscribe before it submits. Instead the filter asks for the caller's own customer id as well:
// a subscription to someone else's order never receives anything.

export function request(ctx) {
  if (!isId(ctx.args.orderId)) {
    // It would never match: better refused now. (A filter's value has at most 256 characters, besides.)
    util.error('orderId must be a UUID: the clientToken of the order', 'BadRequest', null, { path: 'orderId' });
  }
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

function isId(text) {
  const units = text.toLowerCase().split('');
  return units.length === 36 && units.every((unit) => '0123456789abcdef-'.indexOf(unit) >= 0);
}
