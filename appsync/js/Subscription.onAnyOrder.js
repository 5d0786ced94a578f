import { util, extensions } from '@aws-appsync/utils';

// Subscription.onAnyOrder, run once when a client subscribes: the changes of everyone's orders, for staff alone.

// AppSync's limit for the operator `in`. Groups are joined by OR, so more values make more groups.
const IN_TAKES = 5;
// All of the contract's. AppSync counts a value of `in` as a group, and takes ten: all of them need no such filter.
const STATUSES = 11;

export function request(ctx) {
  if (!(ctx.identity.groups ?? []).includes('staff')) {
    util.error("Only staff may see everyone's orders.", 'StaffOnly');
  }
  return { payload: null };
}

export function response(ctx) {
  const statuses = (ctx.args.statuses ?? []).filter((status, index, all) => all.indexOf(status) === index);
  extensions.setSubscriptionFilter({ filterGroup: groups(statuses) });
  return null; // AppSync demands it of a subscription
}

function groups(statuses) {
  if (statuses.length === 0 || statuses.length === STATUSES) {
    // A filter that is always true: without any, AppSync would match the argument `statuses` against a field of
    // that name, which the event does not have.
    return [{ filters: [{ fieldName: 'version', operator: 'ge', value: 1 }] }];
  }
  // Ten at most, so two groups hold any choice of them.
  return [statuses.slice(0, IN_TAKES), statuses.slice(IN_TAKES)]
    .filter((some) => some.length > 0)
    .map((some) => ({ filters: [{ fieldName: 'status', operator: 'in', value: some }] }));
}
