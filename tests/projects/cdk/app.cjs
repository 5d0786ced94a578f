// The CDK application that cdk.out/ was made from, so that the local cloud is tried with what CDK really
// writes: `npm ci && npm run synth`. Nothing here is needed to run it: cdk.out/ is enough.
const { App, CfnOutput, Duration, Stack } = require('aws-cdk-lib');
const appsync = require('aws-cdk-lib/aws-appsync');
const dynamodb = require('aws-cdk-lib/aws-dynamodb');
const lambda = require('aws-cdk-lib/aws-lambda');
const path = require('node:path');

const here = (...parts) => path.join(__dirname, ...parts);
const app = new App({ outdir: here('cdk.out') });
const stack = new Stack(app, 'Tasks');

const api = new appsync.GraphqlApi(stack, 'Api', {
  name: 'tasks',
  definition: appsync.Definition.fromFile(here('schema.graphql')),
  authorizationConfig: {
    defaultAuthorization: { authorizationType: appsync.AuthorizationType.API_KEY },
    additionalAuthorizationModes: [{ authorizationType: appsync.AuthorizationType.IAM }],
  },
  environmentVariables: { GREETING: 'Hello' },
});

const table = new dynamodb.Table(stack, 'Table', {
  partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
  billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
});
const greeter = new lambda.Function(stack, 'Greeter', {
  runtime: lambda.Runtime.PYTHON_3_13,
  handler: 'greeter.handler',
  code: lambda.Code.fromAsset(here('greeter')),
  timeout: Duration.seconds(5),
  environment: { PUNCTUATION: '!' },
});

const runtime = appsync.FunctionRuntime.JS_1_0_0;
const tasks = api.addDynamoDbDataSource('Tasks', table);
const nobody = api.addNoneDataSource('Nobody');
const greetings = api.addLambdaDataSource('Greetings', greeter);

const put = new appsync.AppsyncFunction(stack, 'PutTask', {
  name: 'putTask', api, dataSource: tasks, runtime, code: appsync.Code.fromAsset(here('js', 'putTask.js')),
});
const name = new appsync.AppsyncFunction(stack, 'NameTask', {
  name: 'nameTask', api, dataSource: nobody, runtime, code: appsync.Code.fromAsset(here('js', 'nameTask.js')),
});
new appsync.Resolver(stack, 'AddTask', {
  api, typeName: 'Mutation', fieldName: 'addTask', runtime,
  code: appsync.Code.fromAsset(here('js', 'passThrough.js')), pipelineConfig: [name, put],
});
tasks.createResolver('TaskById', {
  typeName: 'Query', fieldName: 'task',
  requestMappingTemplate: appsync.MappingTemplate.dynamoDbGetItem('id', 'id'),
  responseMappingTemplate: appsync.MappingTemplate.dynamoDbResultItem(),
});
greetings.createResolver('Greet', { typeName: 'Query', fieldName: 'greet' });

new CfnOutput(stack, 'Url', { value: api.graphqlUrl });
new CfnOutput(stack, 'TableName', { value: table.tableName });
app.synth();
