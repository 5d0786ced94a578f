// Text codecs (UTF-8, base64, forms, JavaScript escapes) and the three kinds of generated ids.

const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function utf8Bytes(text) {
  const bytes = [];
  for (const character of text) {
    const point = character.codePointAt(0);
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) {
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    } else {
      bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63));
      bytes.push(0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    }
  }
  return bytes;
}

function utf8Text(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i];
    const length = first < 0x80 ? 1 : first >> 5 === 6 ? 2 : first >> 4 === 14 ? 3 : first >> 3 === 30 ? 4 : 0;
    let point = length === 1 ? first : first & (0x7f >> length);
    let good = length > 0 && i + length <= bytes.length;
    for (let k = 1; good && k < length; k += 1) {
      good = bytes[i + k] >> 6 === 2;
      point = (point << 6) | (bytes[i + k] & 63);
    }
    text += good && point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
    i += good ? length : 1;
  }
  return text;
}

const want = (value, name) => {
  if (typeof value !== 'string') throw rt.fault(`${name} takes a string`);
  return value;
};

rt.base64Encode = (value) => {
  const bytes = utf8Bytes(want(value, 'util.base64Encode'));
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const word = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += B64[word >> 18] + B64[(word >> 12) & 63];
    out += i + 1 < bytes.length ? B64[(word >> 6) & 63] : '=';
    out += i + 2 < bytes.length ? B64[word & 63] : '=';
  }
  return out;
};

rt.base64Decode = (value) => {
  const bytes = [];
  let word = 0;
  let bits = 0;
  for (const character of want(value, 'util.base64Decode').replace(/-/g, '+').replace(/_/g, '/')) {
    if (character === '=') break;
    const digit = B64.indexOf(character);
    if (digit < 0) throw rt.fault('util.base64Decode: not base64');
    word = (word << 6) | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((word >> bits) & 255);
    }
    word &= 0xffff;
  }
  return utf8Text(bytes);
};

// application/x-www-form-urlencoded, as java.net.URLEncoder writes it: AppSync runs on the JVM.
rt.urlEncode = (value) => {
  let out = '';
  for (const byte of utf8Bytes(want(value, 'util.urlEncode'))) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9.*_-]/.test(character)) out += character;
    else if (character === ' ') out += '+';
    else out += '%' + byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return out;
};

rt.urlDecode = (value) => {
  const text = want(value, 'util.urlDecode').replace(/\+/g, ' ');
  const bytes = [];
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '%') {
      const code = text.slice(i + 1, i + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(code)) throw rt.fault('util.urlDecode: an incomplete % escape');
      bytes.push(parseInt(code, 16));
      i += 2;
    } else {
      const point = text.codePointAt(i);
      bytes.push(...utf8Bytes(String.fromCodePoint(point)));
      if (point > 0xffff) i += 1;
    }
  }
  return utf8Text(bytes);
};

rt.escapeJavaScript = (value) => {
  const short = { '\b': '\\b', '\n': '\\n', '\t': '\\t', '\f': '\\f', '\r': '\\r' };
  let out = '';
  for (const unit of want(value, 'util.escapeJavaScript').split('')) {
    const code = unit.charCodeAt(0);
    if (short[unit]) out += short[unit];
    else if (unit === "'" || unit === '"' || unit === '\\' || unit === '/') out += '\\' + unit;
    else if (code < 32 || code > 127) out += '\\u' + code.toString(16).toUpperCase().padStart(4, '0');
    else out += unit;
  }
  return out;
};

const now = Date.now;
const JsBigInt = BigInt;

const pairs = [];
for (let byte = 0; byte < 256; byte += 1) pairs.push((byte + 256).toString(16).slice(1));
const hex = (word) => pairs[word >>> 24] + pairs[(word >>> 16) & 255] + pairs[(word >>> 8) & 255] + pairs[word & 255];

rt.autoId = () => {
  const second = hex((rt.randomWord() & 0xffff0fff) | 0x4000);
  const third = hex((rt.randomWord() & 0x3fffffff) | 0x80000000);
  const first = hex(rt.randomWord());
  return `${first}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${hex(rt.randomWord())}`;
};

rt.autoUlid = () => {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let time = now();
  let stamp = '';
  for (let i = 0; i < 10; i += 1) {
    stamp = alphabet[time % 32] + stamp;
    time = Math.floor(time / 32);
  }
  return stamp + rt.randomBytes(16).map((byte) => alphabet[byte & 31]).join('');
};

rt.autoKsuid = () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let number = JsBigInt(Math.floor(now() / 1000) - 1400000000);
  for (const byte of rt.randomBytes(16)) number = (number << 8n) | JsBigInt(byte);
  let out = '';
  for (let i = 0; i < 27; i += 1) {
    out = alphabet[Number(number % 62n)] + out;
    number /= 62n;
  }
  return out;
};
