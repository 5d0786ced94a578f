import { util } from '@aws-appsync/utils';

export function request(ctx) {
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues({ name: ctx.args.name }),
    update: {
      expression: 'ADD amount :step',
      expressionValues: util.dynamodb.toMapValues({ ':step': 1 }),
    },
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  return ctx.result.amount;
}
