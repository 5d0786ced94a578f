// util.time: instants, and java.time.format.DateTimeFormatter patterns in English.
//
// QuickJS knows no time zones but UTC. The host hands over those that are asked for (rt.zone():
// name -> [[from epoch second, offset in seconds, short name], …]); numeric offsets work without.

const JsDate = Date;
const zones = new Map();
let unknown = null;
/** Takes a zone from the host, null when there is none of that name. */
rt.zone = (name, text) => {
  const changes = rt.parse(text);
  if (changes === null) unknown = name;
  else zones.set(name, changes);
};

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
  'November', 'December'];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const pad = (number, width) => String(Math.abs(number)).padStart(width, '0');

/** Seconds east of UTC in `zone` at the instant `millis`. */
function offsetOf(zone, millis) {
  if (zone === undefined || zone === null || /^(UTC|GMT|Z|UT|Etc\/UTC)$/.test(zone)) return 0;
  const fixed = /^(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?(?::?(\d{2}))?$/.exec(zone);
  if (fixed) {
    const seconds = Number(fixed[2]) * 3600 + Number(fixed[3] ?? 0) * 60 + Number(fixed[4] ?? 0);
    return fixed[1] === '-' ? -seconds : seconds;
  }
  const changes = zones.get(zone);
  if (changes === undefined) {
    if (zone === unknown) throw rt.fault(`util.time: Unknown time-zone ID: ${zone}`);
    throw new rt.NeedsZone(zone);
  }
  let offset = changes[0][1];
  for (const [from, seconds] of changes) {
    if (from * 1000 > millis) break;
    offset = seconds;
  }
  return offset;
}

function offsetText(seconds, colon, zulu, short) {
  if (seconds === 0 && zulu) return 'Z';
  const minutes = Math.abs(Math.trunc(seconds / 60));
  const tail = short && minutes % 60 === 0 ? '' : (colon ? ':' : '') + pad(minutes % 60, 2);
  return (seconds < 0 ? '-' : '+') + pad(Math.trunc(minutes / 60), 2) + tail;
}

/** A pattern as a list of [letter, count] and of literal strings. */
function fields(pattern) {
  const out = [];
  for (let i = 0; i < pattern.length; ) {
    const letter = pattern[i];
    if (letter === "'") {
      const quoted = /^'((?:[^']|'')*)'/.exec(pattern.slice(i));
      if (quoted === null) throw rt.fault(`util.time: an open quote in the pattern ${pattern}`);
      out.push(quoted[1] === '' ? "'" : quoted[1].replace(/''/g, "'"));
      i += quoted[0].length;
    } else if (/[A-Za-z]/.test(letter)) {
      let count = 1;
      while (pattern[i + count] === letter) count += 1;
      if (count > (MOST[letter] ?? Infinity)) throw rt.fault(`util.time: Too many pattern letters: ${letter}`);
      if (letter === 'V' && count !== 2) throw rt.fault('util.time: Pattern letter count must be 2: V');
      if (letter === 'O' && count !== 1 && count !== 4) throw rt.fault('util.time: Pattern letter count must be 1 or 4: O');
      out.push([letter, count]);
      i += count;
    } else if (letter === '{' || letter === '}' || letter === '#') {
      throw rt.fault(`util.time: Pattern includes reserved character: '${letter}'`);
    } else {
      // Brackets mark optional parts when reading; when writing they always appear.
      if (letter !== '[' && letter !== ']') out.push(letter);
      i += 1;
    }
  }
  return out;
}

/** The Saturday of a date's week: in an English locale it decides whose year and week it is. */
const saturday = (date) => new JsDate(date.getTime() + (6 - date.getUTCDay()) * 86400000);
const dayOfYear = (date) => Math.floor((date.getTime() - JsDate.UTC(date.getUTCFullYear(), 0, 1)) / 86400000) + 1;

const dayName = (date, count) =>
  count === 4 ? days[date.getUTCDay()] : days[date.getUTCDay()].slice(0, count === 5 ? 1 : 3);
/** The weekday of the month's first day, Sunday as 0. */
const firstWeekday = (date) => (((date.getUTCDay() - (date.getUTCDate() - 1)) % 7) + 7) % 7;

/** The most letters in a row that Java's DateTimeFormatterBuilder takes; it names the letter otherwise. */
const MOST = { d: 2, h: 2, H: 2, k: 2, K: 2, m: 2, s: 2, D: 3, M: 5, L: 5, E: 5, e: 5, c: 5, Q: 5, q: 5, G: 5, a: 1, S: 9,
  X: 5, x: 5, Z: 5, z: 4, W: 1, w: 2 };

/** The letters that Java's DateTimeFormatterBuilder has a use for. */
const JAVA = 'GuyYDMLQqwWdEecFgaBhKkHmsSAnNVvzOXxZp';
const FULL = { UTC: 'Coordinated Universal Time', GMT: 'Greenwich Mean Time' };

/** A zone's name at an instant: short, such as PST; offsets are their own names. */
function zoneName(zone, count, millis) {
  if (count === 4 && zone in FULL) return FULL[zone];
  const changes = zones.get(zone);
  if (changes === undefined) return zone;
  const name = changes.filter(([from], at) => at === 0 || from * 1000 <= millis).pop()[2];
  if (count < 4 && /^[A-Z]+$/.test(name)) return name;
  throw rt.fault(`util.time: the local cloud has no ${count === 4 ? 'full' : 'short'} name of the zone ${zone}`);
}

function field(letter, count, date, millis, offset, zone) {
  const hour = date.getUTCHours();
  const number = (value) => pad(value, count);
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2 ? pad(date.getUTCFullYear() % 100, 2) : number(date.getUTCFullYear());
    case 'M':
    case 'L': {
      const name = months[date.getUTCMonth()];
      if (count === 5) return name[0];
      return count === 4 ? name : count === 3 ? name.slice(0, 3) : number(date.getUTCMonth() + 1);
    }
    case 'd':
      return number(date.getUTCDate());
    case 'D':
      return number(dayOfYear(date));
    case 'Y':
      return count === 2 ? pad(saturday(date).getUTCFullYear() % 100, 2) : number(saturday(date).getUTCFullYear());
    case 'w':
      return number(Math.ceil(dayOfYear(saturday(date)) / 7));
    case 'Q':
    case 'q': {
      const quarter = Math.floor(date.getUTCMonth() / 3) + 1;
      if (count === 3) return `Q${quarter}`;
      return count === 4 ? `${['1st', '2nd', '3rd', '4th'][quarter - 1]} quarter` : count === 5 ? String(quarter) : number(quarter);
    }
    case 'e':
    case 'c':
      return count < 3 ? number(date.getUTCDay() + 1) : dayName(date, count);
    case 'W':
      return number(Math.ceil((date.getUTCDate() + firstWeekday(date)) / 7));
    case 'N':
      return number((((date.getTime() % 86400000) + 86400000) % 86400000) * 1000000);
    case 'G':
      return count === 4 ? 'Anno Domini' : count === 5 ? 'A' : 'AD';
    case 'A':
      return number(((date.getTime() % 86400000) + 86400000) % 86400000);
    case 'E':
      return dayName(date, count);
    case 'a':
      return hour < 12 ? 'AM' : 'PM';
    case 'H':
      return number(hour);
    case 'k':
      return number(hour === 0 ? 24 : hour);
    case 'h':
      return number(hour % 12 === 0 ? 12 : hour % 12);
    case 'K':
      return number(hour % 12);
    case 'm':
      return number(date.getUTCMinutes());
    case 's':
      return number(date.getUTCSeconds());
    case 'S':
      return (pad(date.getUTCMilliseconds(), 3) + '000000').slice(0, count);
    case 'n':
      return number(date.getUTCMilliseconds() * 1000000);
    case 'X':
      return offsetText(offset, count === 3 || count === 5, true, count === 1);
    case 'x':
      return offsetText(offset, count === 3 || count === 5, false, count === 1);
    case 'Z':
      if (count === 4) return offset === 0 ? 'GMT' : 'GMT' + offsetText(offset, true, false, false);
      return offsetText(offset, count === 5, count === 5, false);
    case 'O': {
      if (offset === 0) return 'GMT';
      const text = offsetText(offset, true, false, false);
      return 'GMT' + (count === 4 ? text : text.replace(/^([+-])0/, '$1').replace(/:00$/, ''));
    }
    case 'V': return zone ?? 'UTC';
    case 'z':
      return zoneName(zone ?? 'UTC', count, millis);
    default:
      if (!JAVA.includes(letter)) throw rt.fault(`util.time: Unknown pattern letter: ${letter}`);
      throw rt.fault(`util.time: the pattern letter ${letter} is not supported by the local cloud`);
  }
}

function format(millis, pattern, zone) {
  const offset = offsetOf(zone, millis);
  const date = new JsDate(millis + offset * 1000);
  return fields(pattern)
    .map((part) => (typeof part === 'string' ? part : field(part[0], part[1], date, millis, offset, zone)))
    .join('');
}

/** How each letter is read: a regular expression's source. */
function reading(letter, count) {
  if (letter === 'y' || letter === 'u') return count === 2 ? '(\\d{2})' : '(-?\\d{4,})';
  if ((letter === 'M' || letter === 'L' || letter === 'E') && count >= 3) return '([A-Za-z]+)';
  if (letter === 'M' || letter === 'L') return count === 2 ? '(\\d{2})' : '(\\d{1,2})';
  if ('dHkhKms'.includes(letter)) return count >= 2 ? '(\\d{2})' : '(\\d{1,2})';
  if (letter === 'S') return `(\\d{${count}})`;
  if (letter === 'a') return '([AaPp][Mm])';
  if ('XxZ'.includes(letter)) return '(Z|GMT|[+-]\\d{2}(?::?\\d{2})?)';
  if (letter === 'V' || letter === 'z') return '([A-Za-z_/+:0-9-]+)';
  throw rt.fault(`util.time: the pattern letter ${letter} is not supported by the local cloud`);
}

function parseFormatted(text, pattern, zone) {
  const parts = fields(pattern);
  const source = parts.map((part) =>
    typeof part === 'string' ? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : reading(part[0], part[1]));
  const found = rt.javaPattern(`^${source.join('')}$`, '', false).exec(text);
  if (found === null) throw rt.fault(`util.time: Text '${text}' could not be parsed with the pattern ${pattern}`);
  const at = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, milli: 0, afternoon: null, zone };
  let group = 0;
  for (const part of parts) {
    if (typeof part === 'string') continue;
    group += 1;
    const value = found[group];
    const number = Number(value);
    switch (part[0]) {
      case 'y': case 'u': at.year = part[1] === 2 ? 2000 + number : number; break;
      case 'M': case 'L':
        at.month = part[1] >= 3 ? months.findIndex((name) => name.startsWith(value)) + 1 : number; break;
      case 'd': at.day = number; break;
      case 'H': at.hour = number; break;
      case 'k': at.hour = number % 24; break;
      case 'h': case 'K': at.hour = number % 12; break;
      case 'm': at.minute = number; break;
      case 's': at.second = number; break;
      case 'S': at.milli = Math.floor(Number(`0.${value}`) * 1000); break;
      case 'a': at.afternoon = value.toLowerCase() === 'pm'; break;
      case 'X': case 'x': case 'Z': case 'V': case 'z': at.zone = value; break;
      default:
    }
  }
  if (at.afternoon) at.hour += 12;
  const local = JsDate.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second, at.milli);
  if (new JsDate(local).getUTCDate() !== at.day) throw rt.fault(`util.time: no such day: ${text}`);
  // The offset at the instant, found from the offset at the local time taken for UTC.
  const guess = offsetOf(at.zone, local);
  return local - offsetOf(at.zone, local - guess * 1000) * 1000;
}

function parseIso(text) {
  const pattern = /^-?\d{4,}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
  const match = pattern.exec(String(text));
  const millis = match === null ? NaN : JsDate.parse(String(text).replace(/(\.\d{3})\d+/, '$1') + (match[4] ? '' : match[1] ? 'Z' : ''));
  if (Number.isNaN(millis)) throw rt.fault(`util.time: Text '${text}' could not be parsed as ISO 8601`);
  return millis;
}

rt.time = {
  nowISO8601: () => new JsDate().toISOString(),
  nowEpochSeconds: () => Math.floor(JsDate.now() / 1000),
  nowEpochMilliSeconds: () => JsDate.now(),
  nowFormatted: (pattern, zone) => format(JsDate.now(), pattern, zone),
  parseFormattedToEpochMilliSeconds: parseFormatted,
  parseISO8601ToEpochMilliSeconds: parseIso,
  epochMilliSecondsToSeconds: (millis) => Math.floor(millis / 1000),
  epochMilliSecondsToISO8601: (millis) => new JsDate(millis).toISOString(),
  epochMilliSecondsToFormatted: (millis, pattern, zone) => format(millis, pattern, zone),
};
