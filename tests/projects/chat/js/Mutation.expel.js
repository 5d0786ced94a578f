import { extensions, util } from '@aws-appsync/utils';

export function request(ctx) {
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues({ id: ctx.args.room }),
    update: {
      expression: 'DELETE #members :name',
      expressionNames: { '#members': 'members' },
      expressionValues: { ':name': util.dynamodb.toStringSet([ctx.args.member]) },
    },
  };
}

export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  const { room, member } = ctx.args;
  extensions.invalidateSubscriptions({ subscriptionField: 'onMessage', payload: { room, member } });
  return { room, member };
}
