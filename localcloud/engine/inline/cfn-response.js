'use strict';
/* Answers CloudFormation for a custom resource, as the module of this name does on AWS. */

exports.SUCCESS = 'SUCCESS';
exports.FAILED = 'FAILED';

exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) => {
  const url = new URL(event.ResponseURL);
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  console.log('Response body:\n', body);
  const { request } = require(url.protocol === 'http:' ? 'http' : 'https');
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const end = () => {
      context.done?.();
      resolve();
    };
    const answer = request(url, { method: 'PUT', headers }, (response) => {
      console.log(`Status code: ${response.statusCode}`);
      response.resume();
      response.on('end', end);
    });
    answer.on('error', (error) => {
      console.log(`send(..) failed executing request(..): ${error}`);
      end();
    });
    answer.end(body);
  });
};
