import { util } from '@aws-appsync/utils';

export function request(ctx) {
  return { payload: { ...ctx.args, id: util.autoId(), title: `${ctx.env.GREETING}: ${ctx.args.title}` } };
}

export function response(ctx) {
  return ctx.result;
}
