import { util } from '@aws-appsync/utils';

export function request(ctx) {
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues({ id: ctx.args.room }),
    update: {
      expression: 'ADD #members :name',
      expressionNames: { '#members': 'members' },
      expressionValues: { ':name': util.dynamodb.toStringSet([ctx.identity.resolverContext.name]) },
    },
    condition: { expression: 'attribute_exists(id)' },
  };
}

export function response(ctx) {
  if (ctx.error && ctx.error.type === 'DynamoDB:ConditionalCheckFailedException') {
    util.error(`There is no room ${ctx.args.room}`, 'NoRoom');
  }
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  return ctx.result;
}
