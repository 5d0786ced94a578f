export function request(_ctx) {
  return {};
}

export function response(ctx) {
  return ctx.prev.result;
}
