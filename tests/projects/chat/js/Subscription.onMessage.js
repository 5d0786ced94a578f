import { extensions, util } from '@aws-appsync/utils';

export function request(ctx) {
  return {
    operation: 'GetItem',
    key: util.dynamodb.toMapValues({ id: ctx.args.room }),
    consistentRead: true,
  };
}

export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  const me = ctx.identity.resolverContext.name;
  const members = ctx.result && ctx.result.members ? ctx.result.members : [];
  if (!members.includes(me)) util.unauthorized();
  const room = { fieldName: 'room', operator: 'eq', value: ctx.args.room };
  const priority = util.defaultIfNull(ctx.args.priority, 0);
  extensions.setSubscriptionFilter({
    filterGroup: [
      { filters: [room, { fieldName: 'priority', operator: 'ge', value: priority }] },
      { filters: [room, { fieldName: 'mentions', operator: 'contains', value: me }] },
    ],
  });
  // An expelled member receives nothing more.
  extensions.setSubscriptionInvalidationFilter(
    util.transform.toSubscriptionFilter({ room: { eq: ctx.args.room }, member: { eq: me } }),
  );
  return null;
}
