// '@aws-appsync/utils/ai': requests of Bedrock, which is not served either.
rt.aiHelpers = {
  invokeModel: (payload) => ({ operation: 'InvokeModel', ...payload }),
  converse: (payload) => ({ operation: 'Converse', ...payload }),
};
