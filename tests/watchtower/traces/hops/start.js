import { util } from '@aws-appsync/utils';

export function request(ctx) {
  return {
    method: 'POST',
    resourcePath: '/',
    params: {
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AWSStepFunctions.StartExecution',
      },
      body: JSON.stringify({
        stateMachineArn: ctx.env.MACHINE,
        input: JSON.stringify({ id: ctx.args.id, trouble: ctx.args.trouble || false }),
      }),
    },
  };
}

export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  return ctx.request.headers['x-amzn-trace-id'];
}
