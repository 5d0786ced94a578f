const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');

/** Whichever the event names: one environment for all. */
exports.any = awslambda.streamifyResponse((event, ...rest) => exports[event.call](event, ...rest));

exports.plain = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType('text/plain');
  stream.write('one ');
  stream.write({ two: 2 });
  stream.end();
});

exports.http = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-a': 'b' } });
  await pipeline(Readable.from(['a', 'b', 'c']), stream);
});

exports.late = awslambda.streamifyResponse(async (event, stream) => {
  stream.write('begun');
  throw new RangeError('too late');
});

exports.early = awslambda.streamifyResponse(async () => {
  throw new RangeError('too early');
});

exports.large = awslambda.streamifyResponse(async (event, stream) => {
  await pipeline(Readable.from(Array.from({ length: event.count }, () => Buffer.alloc(65536, 'x'))), stream);
});
