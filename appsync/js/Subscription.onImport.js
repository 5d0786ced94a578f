import { util, extensions } from '@aws-appsync/utils';

// Subscription.onImport, run once when a client subscribes. The import is not looked up, since a client may
// follow one that it has not announced yet. Instead the filter asks for the caller's own customer id as well:
// who subscribes to someone else's import never receives anything.

export function request(ctx) {
  if (!isId(ctx.args.id)) {
    // It would never match: better refused now. (A filter's value has at most 256 characters, besides.)
    util.error('id must be a UUID: that of the import', 'BadRequest', null, { path: 'id' });
  }
  return { payload: null };
}

export function response(ctx) {
  // Ids are lower-case, whatever case the client's token has.
  const filters = [{ fieldName: 'id', operator: 'eq', value: ctx.args.id.toLowerCase() }];
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
