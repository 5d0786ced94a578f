import { util } from '@aws-appsync/utils';

export function request(ctx) {
  return {
    operation: 'PutItem',
    key: util.dynamodb.toMapValues({ board: ctx.args.board, id: util.autoId() }),
    attributeValues: util.dynamodb.toMapValues({ text: ctx.args.text, at: util.time.nowISO8601() }),
  };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  return ctx.result;
}
