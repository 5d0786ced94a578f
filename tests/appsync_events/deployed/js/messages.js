import { util } from '@aws-appsync/utils';

export const onPublish = {
  request(ctx) {
    const { path } = ctx.info.channel;
    return {
      operation: 'PutItem',
      key: util.dynamodb.toMapValues({ channel: path, id: ctx.events[0].id }),
      attributeValues: util.dynamodb.toMapValues({ text: ctx.events[0].payload.text }),
    };
  },
  response(ctx) {
    if (ctx.error) {
      util.error(ctx.error.message, ctx.error.type);
    }
    return ctx.events.map(({ id, payload }) => ({ id, payload: { ...payload, stored: ctx.result.text } }));
  },
};

export function onSubscribe(ctx) {
  if (ctx.info.channel.segments.includes('secret')) {
    util.unauthorized();
  }
}
