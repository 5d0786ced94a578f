import { extensions } from '@aws-appsync/utils';

// Subscription.onMyOrders, run once when a client subscribes: a customer's own orders, for staff everyone's.

// AppSync's limit for the operator `in`. Groups are joined by OR, so more values make more groups.
const IN_TAKES = 5;
// All of the contract's. AppSync counts a value of `in` as a group, and takes ten: who wants all needs no filter.
const STATUSES = 11;

export function request() {
  return { payload: null };
}

export function response(ctx) {
  const filters = [];
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    filters.push({ fieldName: 'customerId', operator: 'eq', value: ctx.identity.sub });
  } else {
    // Staff need a filter too, one that is always true: without any, AppSync would match the argument
    // `statuses` against a field of that name, which the event has not.
    filters.push({ fieldName: 'version', operator: 'ge', value: 1 });
  }
  const statuses = (ctx.args.statuses ?? []).filter((status, index, all) => all.indexOf(status) === index);
  extensions.setSubscriptionFilter({ filterGroup: groups(filters, statuses) });
  return null; // AppSync demands it of a subscription
}

function groups(filters, statuses) {
  if (statuses.length === 0 || statuses.length === STATUSES) {
    return [{ filters }];
  }
  // Ten at most, so two groups hold any choice of them.
  return [statuses.slice(0, IN_TAKES), statuses.slice(IN_TAKES)]
    .filter((some) => some.length > 0)
    .map((some) => ({ filters: [...filters, { fieldName: 'status', operator: 'in', value: some }] }));
}
