import { util } from '@aws-appsync/utils';

export function request(ctx) {
  if (!ctx.args.guest) util.error('Who are you?', 'NoName', { guest: ctx.args.guest });
  return { payload: ctx.args };
}

export function response(ctx) {
  return ctx.result;
}
