// Java regular expressions on JavaScript's: replace(), replaceAll() and util.matches() take
// java.util.regex patterns. The two dialects agree on nearly all that is used in practice; what
// differs is mended here, and what JavaScript cannot do is refused rather than matched wrongly.

const posix = {
  Alpha: 'A-Za-z', Digit: '0-9', Alnum: 'A-Za-z0-9', Upper: 'A-Z', Lower: 'a-z', Space: '\\s',
  Punct: '!-\\/:-@\\[-`{-~', XDigit: '0-9A-Fa-f', Blank: ' \\t', ASCII: '\\x00-\\x7f', Cntrl: '\\x00-\\x1f\\x7f',
};
const cache = new Map();
const JsRegExp = RegExp;

rt.javaPattern = (pattern, flags, whole) => {
  const key = `${flags}/${whole}/${pattern}`;
  const known = cache.get(key);
  if (known) {
    known.lastIndex = 0;
    return known;
  }
  let source = String(pattern);
  let options = flags;
  const inline = /^\(\?([ims]+)\)/.exec(source);
  if (inline) {
    options += inline[1];
    source = source.slice(inline[0].length);
  }
  source = source.replace(/(?<!\\)\\Q([^]*?)(?:\\E|$)/g, (all, text) => text.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&'));
  if (/[*+?}]\+|\(\?>|&&|\\[GXR]/.test(source.replace(/\\\\/g, ''))) {
    throw rt.fault(`the Java pattern ${pattern} uses what the local cloud cannot run (possessive, atomic, &&)`);
  }
  source = source
    .replace(/\[\\p\{(\w+)\}\]|\\p\{(\w+)\}/g, (all, a, b) => (posix[a ?? b] ? `[${posix[a ?? b]}]` : all))
    .replace(/\\h/g, '[ \\t\\xA0]')
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$');
  let made;
  try {
    made = new JsRegExp(whole ? `^(?:${source})$` : source, options + (/\\p\{/.test(source) ? 'u' : ''));
  } catch (error) {
    throw rt.fault(`not a pattern: ${pattern}`);
  }
  if (cache.size > 500) cache.clear();
  cache.set(key, made);
  return made;
};
