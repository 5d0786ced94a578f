export function request() {
  return { payload: 'hello' };
}

export function response(ctx) {
  return ctx.result;
}
