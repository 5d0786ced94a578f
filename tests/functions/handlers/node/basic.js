const os = require('node:os');

let count = 0;

exports.echo = async (event) => event;

exports.count = async () => ({ count: ++count, pid: process.pid, parent: process.ppid });

exports.context = async (event, context) => ({
  ...context,
  remaining: context.getRemainingTimeInMillis(),
  waits: context.callbackWaitsForEmptyEventLoop,
});

exports.environment = async () => ({ ...process.env, cwd: process.cwd(), argv: process.argv.length });

exports.back = (event, context, callback) => {
  setTimeout(() => (count += 1), 20); // the answer waits for it
  callback(null, 'back');
};

exports.backAtOnce = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => {}, 60_000);
  callback(null, 'at once');
};

exports.refuse = (event, context, callback) => callback(new TypeError('no'));
exports.succeed = (event, context) => context.succeed('yes');
exports.fail = (event, context) => context.fail();
exports.done = (event, context) => context.done(null, 'done');
exports.forget = () => 'not this';
exports.never = async () => new Promise(() => {});
exports.now = (event, context) => ({ event, keys: Object.keys(context) });

exports.throws = async () => {
  const error = new RangeError('too far');
  error.code = 'E_FAR';
  throw error;
};

exports.throwsText = async () => {
  throw 'a text';
};

exports.uncaught = async () => {
  setImmediate(() => {
    throw new TypeError('from a timer');
  });
  await new Promise((resolve) => setTimeout(resolve, 10_000));
};

exports.unhandled = async () => {
  Promise.reject(new Error('nobody waits'));
  await new Promise((resolve) => setTimeout(resolve, 10_000));
};

exports.big = async () => 'x'.repeat(6_300_000);
exports.circular = async () => {
  const one = {};
  one.one = one;
  return one;
};
exports.exits = async () => process.exit(Number(process.env.CODE ?? 0));
exports.hangs = async () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // nothing else runs: it blocks the loop
};
exports.lengths = async () => [process.argv.length, require('node:v8').getHeapStatistics().heap_size_limit];

exports.talk = async () => {
  console.log('two\nlines %s', 'and a value', { a: 1 });
  console.debug('quiet');
  console.warn({ a: 1 });
  console.error('wrong', new RangeError('too far'));
  process.stdout.write('raw\n');
  return os.EOL;
};

/** Whichever the event names: one environment for many tests. */
exports.any = (event, context, callback) => exports[event.call](event, context, callback);

exports.notAFunction = 5;
exports.object = { handler: async () => 'inside' };
