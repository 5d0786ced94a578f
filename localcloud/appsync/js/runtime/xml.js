// util.xml: XML as the JSON that org.json's reader makes of it, on which AppSync's example agrees:
// attributes and elements are members, repeated ones a list, and text that looks like a number is one.

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NAME = /[^\s<>/=!?'"]+/y;
const SPACE = /\s*/y;

class Reader {
  constructor(text) {
    Object.assign(this, { text, at: 0 });
  }

  fail(message) {
    return rt.fault(`util.xml: ${message} at character ${this.at}`);
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return '';
    this.at = pattern.lastIndex;
    return found[0];
  }

  until(end) {
    const found = this.text.indexOf(end, this.at);
    if (found < 0) throw this.fail(`no ${end}`);
    const text = this.text.slice(this.at, found);
    this.at = found + end.length;
    return text;
  }

  skips(start) {
    if (!this.text.startsWith(start, this.at)) return false;
    this.at += start.length;
    return true;
  }

  /** The content up to the end tag of `name` (of nothing: up to the end), put into `into`. */
  content(into, name) {
    let text = '';
    while (this.at < this.text.length) {
      const next = this.text.indexOf('<', this.at);
      text += unescaped(this.text.slice(this.at, next < 0 ? undefined : next));
      this.at = next < 0 ? this.text.length : next;
      if (next < 0) break;
      if (this.skips('<!--')) this.until('-->');
      else if (this.skips('<![CDATA[')) text += this.until(']]>');
      else if (this.skips('<?')) this.until('?>');
      else if (this.skips('<!')) this.until('>');
      else if (this.skips('</')) {
        const end = this.until('>').trim();
        if (end !== name) throw this.fail(`</${end}> closes <${name ?? ''}>`);
        return text;
      } else this.element(into);
    }
    if (name !== undefined) throw this.fail(`<${name}> is not closed`);
    return text;
  }

  element(parent) {
    this.at += 1;
    const name = this.take(NAME);
    if (name === '') throw this.fail('a tag without a name');
    const members = {};
    for (;;) {
      this.take(SPACE);
      if (this.skips('/>')) break;
      if (this.skips('>')) {
        const text = this.content(members, name).trim();
        if (text !== '') add(members, 'content', scalar(text));
        break;
      }
      const attribute = this.take(NAME);
      if (attribute === '') throw this.fail(`<${name}> does not end`);
      this.take(SPACE);
      if (!this.skips('=')) {
        add(members, attribute, '');
        continue;
      }
      this.take(SPACE);
      const quote = this.text[this.at];
      if (quote !== '"' && quote !== "'") throw this.fail('an attribute without quotes');
      this.at += 1;
      add(members, attribute, scalar(unescaped(this.until(quote))));
    }
    const keys = Object.keys(members);
    if (keys.length === 0) add(parent, name, '');
    else add(parent, name, keys.length === 1 && keys[0] === 'content' ? members.content : members);
  }
}

function unescaped(text) {
  return text.split(/&([^;\s&]+);/).map((part, i) => {
    if (i % 2 === 0) return part;
    if (Object.hasOwn(entities, part)) return entities[part];
    const code = part[0] === '#' ? parseInt(part[1] === 'x' ? part.slice(2) : part.slice(1), part[1] === 'x' ? 16 : 10) : NaN;
    return code <= 0x10ffff ? String.fromCodePoint(code) : `&${part};`;
  }).join('');
}

function scalar(text) {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  // A leading zero is kept: "007" is no number.
  return /^-?(0|[1-9]\d{0,15})(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

function add(object, name, value) {
  if (!Object.hasOwn(object, name)) {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else if (Array.isArray(object[name])) object[name].push(value);
  else object[name] = [object[name], value];
}

function toMap(xml) {
  if (xml === null || xml === undefined) return null;
  if (typeof xml !== 'string') throw rt.fault('util.xml.toMap takes a string');
  const root = {};
  new Reader(xml.replace(/^\ufeff/, '')).content(root, undefined);
  return root;
}

rt.xml = {
  toMap,
  toJsonString: (xml, encode) => {
    const json = rt.stringify(toMap(xml));
    return encode === true ? rt.stringify(json) : json;
  },
};
