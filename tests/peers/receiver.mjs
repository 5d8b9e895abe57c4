// PENS 1.0.0 target system (receiving LMS), written from AICC CMI010 revision 1.0a alone. Node.js 20, no packages.
//
// DECISIONS ON AMBIGUOUS TEXT (clause: decision)
//  5.1 "HTTP error code is sent" / A.1.2: PENS errors travel in the Table A-2 body, HTTP status 200. Only requests that
//     are no PENS exchange (other path, other method, unreadable HTTP) get 404/405/4xx, still with a Table A-2 body.
//  A.1.2 "Content: text/plain": sent as "Content-Type: text/plain"; nothing follows <pens data> (end of buffer).
//  6.3 Table 2 rationale: every rule is checked and the highest numbered error is answered, warnings included, literally;
//     all of them are listed in pens-data. If any is not a warning, nothing is processed.
//  6.3 warnings 1320/1322 alone: the code is answered, the package is collected all the same, and the receipt reports the
//     real outcome (error=0 if collected).
//  6.3 2001..2003 "invalid or not specified" overlap 1420/1421/1430: absent, empty or (version) not x.x.x = 200x; present
//     and well formed but not supported = 1420/1421/1430 ("as specifically as possible"; the name of 200x is "missing").
//  6.2.2/6.2.3: exact, case-sensitive vocabulary. aicc-pkg, scorm-pif, lms-qti (as printed); aicc-au is only mentioned.
//  6.2.5: reserved values zip, jar, war (all ZIP), xml, url are accepted; any other is 2005, there being no "unsupported".
//  6.2.11/6.2.12: required, but null string in the value space: absent = 2009/2010, empty = accepted (no expiry).
//  6.2.11 / Corrections: trailing Z required (Table A-1 still prints none): no Z, an offset, date only, or an impossible
//     date = 1320 (not 2009). Basic and extended ISO 8601, fractions and reduced precision are accepted.
//  6.2.6: RFC 2396 generic syntax only (scheme ":" uric+); the sample's "port" is no number, so no URL parser. Else 2007.
//  6.2.7: absolute URL with host, filename and extension (the filename is not demanded for package-format url), else
//     2008. ftp = 1304; ftps, sftp = 1306; other schemes = 1310; these are known from the message, so they are answered
//     to the collect at once. What only retrieval can tell (1301, 1310, 1312, 1440) goes into the receipt.
//  6.2.15/6.2.16: http, https. Another scheme = 1510/1520; not a URL = 2011 for receipt, 1201 for alerts.
//     A.2.3 stage 2 prints alerts=http:/author.com (one slash): taken as the misprint it is, for alerts only.
//  A.1: "+" is a space in GET and POST; bad %-escapes, bad UTF-8, a PENS name without "=", or a POST of another media
//     type = 1101 alone. Twice the same element = 1201. Unknown elements ignored. Values are not trimmed.
//     POST: the body is the message (the query belongs to the target URL); with an empty body, the query is.
//     An empty message parses (nothing is specified), so the highest missing parameter, 2011, is answered.
//  6.3 NOTE "underlying codes shall be used" against "highest numbered": the PENS code wins, the HTTP status is put into
//     error-text. 401/403/407 = 1312; 404/410, no connection, no answer = 1310; other status, broken or slow body,
//     redirect loop = 1301; over 256 MiB or disk full = 1440. Any HTTPS/TLS failure = 1310 (1302: HTTPS is supported).
//  5.1 / 6 note 6 / A.2.3: the receipt tells of collection; archive errors (1432) go to alerts. Without an alerts URL
//     the archive is opened before the receipt, which then is the only channel to carry 1432.
//  6.3 1500: a receipt that cannot be delivered is reported by an alert with error=1500; processing goes on.
//  5.1 "client" of the inbound message against the samples' client=LMS: as the samples, client=LMS.
//  5.1: pens-data is added to callbacks with an error only. A query in the receipt/alerts URL: elements follow by "&".
//  6.2.8-10, 6.2.13-14: Basic from user-id/password, sent unasked, dropped when a redirect leaves the origin; account has
//     no HTTP meaning; system-user-id/password not needed here (4.3). Certificates not verified: loopback only (note 2).
import http from 'node:http'; import https from 'node:https';
import zlib from 'node:zlib'; import fs from 'node:fs';
import os from 'node:os'; import path from 'node:path';
import { Transform } from 'node:stream'; import { pipeline } from 'node:stream/promises';

const VERSION = '1.0.0', CLIENT = 'LMS', PATH = '/pens';
const MAX_MESSAGE = 1 << 20, MAX_HEADER = 512 << 10, MAX_PACKAGE = 256 << 20, MAX_REDIRECTS = 5;
const T_DOWNLOAD = 60_000, T_CALLBACK = 15_000;
const TEXT = {
  1101: 'General error: unable to parse PENS command', 1201: 'General argument error: invalid argument',
  1301: 'General retrieve error: unable to retrieve package', 1304: 'FTP protocol not supported',
  1306: 'Secure FTP protocol not supported', 1310: 'Invalid or unresponsive package URL',
  1312: 'Invalid package access credentials', 1320: 'Warning - invalid expiry date',
  1322: 'Warning - expired package', 1420: 'PENS version not supported', 1421: 'Command not supported',
  1430: 'Package type not supported', 1432: 'Internal package error',
  1440: 'Insufficient host space/storage available', 1500: 'General acknowledgment error',
  1510: 'Unsupported acknowledgement protocol', 1520: 'Unsupported alert protocol',
};
const REQUIRED = { 'pens-version': 2001, command: 2002, 'package-type': 2003, 'package-type-version': 2004,
  'package-format': 2005, 'package-id': 2007, 'package-url': 2008, 'package-url-expiry': 2009, client: 2010, receipt: 2011 };
for (const [name, code] of Object.entries(REQUIRED)) TEXT[code] = `${name} parameter missing`;
const NULL_OK = new Set(['package-url-expiry', 'client']);
const NAMES = new Set([...Object.keys(REQUIRED), 'package-url-user-id', 'package-url-account', 'package-url-password',
  'system-user-id', 'system-password', 'alerts', 'vendor-data']);
const TYPES = new Set(['aicc-pkg', 'scorm-pif', 'lms-qti']);
const FORMATS = new Set(['zip', 'url', 'jar', 'war', 'xml']);
const WARNINGS = new Set([1320, 1322]);
class Fail extends Error { constructor(code, detail) { super(detail || ''); this.code = code; } }
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// ---------------------------------------------------------------- message: parsing and validation
function parseMessage(query) {
  const found = [], values = new Map();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const eq = part.indexOf('=');
    let name, value;
    try {
      name = decodeURIComponent((eq < 0 ? part : part.slice(0, eq)).replace(/\+/g, ' '));
      if (!NAMES.has(name)) continue;
      value = decodeURIComponent(part.slice(eq + 1).replace(/\+/g, ' '));
    } catch { throw new Fail(1101, name ? `bad encoding in ${name}` : 'bad encoding in an element name'); }
    if (eq < 0) throw new Fail(1101, `${name} without "="`);
    if (values.has(name)) found.push([1201, `${name} given more than once`]);
    else values.set(name, value);
  }
  return { found, values };
}

// RFC 2396 generic syntax (brackets as RFC 2732): absolute, legal characters, whole escapes
const isURI = (s) => /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9;/?:@&=+$,\-_.!~*'()[\]#]|%[0-9A-Fa-f]{2})+$/.test(s);
const schemeOf = (s) => s.slice(0, s.indexOf(':')).toLowerCase();

function hostURL(s) {          // scheme://host..., or null
  if (!isURI(s) || !/^[^:]+:\/\/[^/?#]+/.test(s)) return null;
  try { const u = new URL(s); return u.host ? u : null; } catch { return null; }
}
function mailAddresses(s) {    // RFC 2368: addresses in the path and in to= headers
  const [to, headers = ''] = s.slice('mailto:'.length).split('?', 2);
  const lists = [to, ...headers.split('&').filter((h) => /^to=/i.test(h)).map((h) => h.slice(3))];
  try { return lists.flatMap((l) => decodeURIComponent(l).split(',')).map((a) => a.trim()).filter(Boolean); } catch { return []; }
}

function callbackURL(value) {  // {url} or {error: 'syntax' | 'scheme'}; no mail is sent here
  if (/^mailto:/i.test(value)) {
    const all = mailAddresses(value);
    return all.length && all.every((a) => /^[^@]+@[^@\s]+$/.test(a)) ? { error: 'scheme' } : { error: 'syntax' };
  }
  if (!isURI(value)) return { error: 'syntax' };
  if (!/^https?$/.test(schemeOf(value))) return { error: 'scheme' };
  const url = hostURL(value);
  return url ? { url } : { error: 'syntax' };
}

function expiryTime(s) {       // milliseconds, or NaN
  const m = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,]\d+)?)?)?Z$/.exec(s)
    || /^(\d{4})(\d\d)(\d\d)T(\d\d)(?:(\d\d)(?:(\d\d)(?:[.,]\d+)?)?)?Z$/.exec(s);
  if (!m) return NaN;
  const [y, mo, d, h, mi, sec] = m.slice(1).map((x) => Number(x || 0));
  const day = new Date(0); day.setUTCFullYear(y, mo - 1, d);
  if (day.getUTCFullYear() !== y || day.getUTCMonth() !== mo - 1 || day.getUTCDate() !== d) return NaN;
  if (h > 24 || mi > 59 || sec > 60 || (h === 24 && (mi || sec))) return NaN;
  return day.getTime() + ((h * 60 + mi) * 60 + sec) * 1000;
}

function validate(query) {     // {found: [[code, detail]...], tx}
  let found, v;
  try { ({ found, values: v } = parseMessage(query)); } catch (e) { return { found: [[e.code, e.message]] }; }
  const err = (code, detail) => found.push([code, detail]);
  const tx = { el: v };
  for (const [name, code] of Object.entries(REQUIRED)) {
    if (!v.has(name)) err(code, 'not specified');
    else if (v.get(name) === '' && !NULL_OK.has(name)) err(code, 'empty');
  }
  const given = (name, check) => { const s = v.get(name); if (s) check(s); };

  given('pens-version', (s) => {
    if (!/^\d+\.\d+\.\d+$/.test(s)) err(2001, 'not of the form x.x.x');
    else if (s.split('.').map(Number).join('.') !== VERSION) err(1420, `only ${VERSION} is supported`);
  });
  given('command', (s) => { if (s !== 'collect') err(1421, 'only collect is supported'); });
  given('package-type', (s) => { if (!TYPES.has(s)) err(1430, 'unknown package-type'); });
  given('package-format', (s) => { if (!FORMATS.has(s)) err(2005, 'package-format invalid'); });
  given('package-id', (s) => { if (!isURI(s)) err(2007, 'package-id is not a URI'); });
  given('package-url', (s) => {
    const url = hostURL(s);
    if (!url) return err(2008, 'package-url is not a fully qualified URL');
    const scheme = schemeOf(s);
    if (scheme === 'ftp') err(1304);
    else if (scheme === 'ftps' || scheme === 'sftp') err(1306);
    else if (scheme !== 'http' && scheme !== 'https') err(1310, 'transport protocol of package-url not supported');
    if (v.get('package-format') !== 'url' && !/[^/]\.[^/.]+$/.test(url.pathname)) {
      err(2008, 'package-url names no file with an extension');
    }
    tx.url = url;
  });
  given('package-url-expiry', (s) => {
    const t = expiryTime(s);
    if (Number.isNaN(t)) err(1320); else if (t < Date.now()) err(1322);
  });
  given('receipt', (s) => {
    tx.receipt = callbackURL(s);
    if (tx.receipt.error === 'scheme') err(1510); else if (tx.receipt.error) err(2011, 'receipt is not a URL');
  });
  given('alerts', (s) => {
    tx.alerts = callbackURL(s.replace(/^(https?:\/)(?!\/)/i, '$1/'));
    if (tx.alerts.error === 'scheme') err(1520); else if (tx.alerts.error) err(1201, 'alerts is not a URL');
  });
  return { found, tx };
}

// ---------------------------------------------------------------- answers (Table A-2)
const oneLine = (s) => String(s).replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500);
const describe = (code, detail) => oneLine((TEXT[code] || `HTTP ${code}`) + (detail ? ` (${detail})` : ''));
const tableA2 = (code, text, data = '') =>
  `error=${code}\r\nerror-text=${oneLine(text)}\r\nversion=${VERSION}\r\npens-data=${data}`;

function answer(res, body, status = 200, extra = {}) {
  res.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store', ...extra });
  res.end(body);
}

function handleMessage(res, query) {
  const { found, tx } = validate(query);
  found.sort((a, b) => b[0] - a[0]);
  const fatal = found.some(([code]) => !WARNINGS.has(code));
  if (!found.length) answer(res, tableA2(0, 'collect command received and understood'));
  else {
    const list = found.map(([code, detail]) => `${code} ${describe(code, detail)}`).join('; ');
    answer(res, tableA2(found[0][0], describe(...found[0]), `${fatal ? 'not processed' : 'package will be collected'}: ${list}`));
  }
  if (fatal) return;
  let started = false;
  const start = () => { if (!started) { started = true; setTimeout(() => process_(tx).catch(() => {}), 25); } };
  res.once('finish', start).once('close', start);    // the answer goes out first
}

// ---------------------------------------------------------------- outgoing HTTP
const isLoopback = (u) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(u.hostname);

function get(url, headers, signal) {
  return new Promise((resolve, reject) => {
    if (!isLoopback(url)) return reject(new Error('host unreachable'));
    const mod = url.protocol === 'https:' ? https : http;
    const req = mod.get({
      hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || undefined, path: url.pathname + url.search,
      agent: false, signal, rejectUnauthorized: false, maxHeaderSize: MAX_HEADER,
      headers: { 'User-Agent': 'pens-target/1.0', Accept: '*/*', 'Accept-Encoding': 'identity', Connection: 'close', ...headers },
    });
    req.on('response', resolve).on('error', reject);
  });
}
const isRedirect = (res) => [301, 302, 303, 307, 308].includes(res.statusCode);

function deadline(ms) {
  const c = new AbortController();
  const timer = setTimeout(() => c.abort(), ms);
  return { signal: c.signal, clear: () => clearTimeout(timer) };
}

// ---------------------------------------------------------------- collecting
async function retrieve(tx, file) {
  const user = tx.el.get('package-url-user-id');
  const basic = user ? `${user}:${tx.el.get('package-url-password') || ''}`
    : tx.url.username ? decodeURIComponent(`${tx.url.username}:${tx.url.password}`) : null;
  const { signal, clear } = deadline(T_DOWNLOAD);
  try {
    let url = tx.url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      if (url.protocol === 'ftp:') throw new Fail(1304, 'redirected');
      if (url.protocol === 'ftps:' || url.protocol === 'sftp:') throw new Fail(1306, 'redirected');
      if (!/^https?:$/.test(url.protocol)) throw new Fail(1310, 'redirected to an unsupported protocol');
      const auth = basic !== null && url.origin === tx.url.origin;
      let res;
      try { res = await get(url, auth ? { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` } : {}, signal); }
      catch (e) { throw new Fail(1310, signal.aborted ? 'no answer in time' : e.code || e.message); }
      res.on('error', () => {});
      if (isRedirect(res) && res.headers.location) {
        res.destroy();
        try { url = new URL(res.headers.location, url); } catch { throw new Fail(1310, 'bad redirect'); }
        continue;
      }
      return await save(res, file, signal);
    }
    throw new Fail(1301, 'too many redirects');
  } finally { clear(); }
}

async function save(res, file, signal) {
  const status = res.statusCode;
  if (status !== 200 && status !== 203) {
    res.destroy();
    throw new Fail([401, 403, 407].includes(status) ? 1312 : [404, 410].includes(status) ? 1310 : 1301, `HTTP ${status}`);
  }
  if (Number(res.headers['content-length']) > MAX_PACKAGE) { res.destroy(); throw new Fail(1440, 'package too large'); }
  let size = 0;
  const counter = new Transform({ transform(chunk, _, done) {
    size += chunk.length;
    if (size > MAX_PACKAGE) done(new Fail(1440, 'package too large')); else done(null, chunk);
  } });
  const coding = (res.headers['content-encoding'] || 'identity').trim().toLowerCase();
  const decoder = /^(x-)?gzip$/.test(coding) ? [zlib.createGunzip()] : coding === 'deflate' ? [zlib.createInflate()] : [];
  try { await pipeline(res, ...decoder, counter, fs.createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal }); }
  catch (e) {
    if (e instanceof Fail) throw e;
    if (e.code === 'ENOSPC' || e.code === 'EDQUOT') throw new Fail(1440, 'no space left');
    throw new Fail(1301, signal.aborted ? 'transfer not complete in time' : `transfer broken off: ${e.code || e.message}`);
  }
}

// ---------------------------------------------------------------- opening the archive
async function readAt(fh, pos, length) {
  const buf = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await fh.read(buf, done, length - done, pos + done);
    if (!bytesRead) throw new Fail(1432, 'archive truncated');
    done += bytesRead;
  }
  return buf;
}

async function findDirectory(fh, size) {       // {count, offset, length, base}
  if (size < 22) throw new Fail(1432, 'not an archive');
  const from = Math.max(0, size - 22 - 65535);
  const tail = await readAt(fh, from, size - from);
  for (let i = tail.length - 22; i >= 0; i--) {
    if (tail.readUInt32LE(i) !== 0x06054b50 || i + 22 + tail.readUInt16LE(i + 20) > tail.length) continue;
    let count = tail.readUInt16LE(i + 10), length = tail.readUInt32LE(i + 12), offset = tail.readUInt32LE(i + 16);
    if (tail.readUInt16LE(i + 4) !== 0 && tail.readUInt16LE(i + 4) !== 0xffff) throw new Fail(1432, 'split archive');
    let end = from + i;
    if ((count === 0xffff || length === 0xffffffff || offset === 0xffffffff) && i >= 20 && tail.readUInt32LE(i - 20) === 0x07064b50) {
      end = Number(tail.readBigUInt64LE(i - 20 + 8));
      if (end + 56 > size) throw new Fail(1432, 'bad ZIP64 locator');
      const z = await readAt(fh, end, 56);
      if (z.readUInt32LE(0) !== 0x06064b50) throw new Fail(1432, 'bad ZIP64 record');
      [count, length, offset] = [32, 40, 48].map((p) => Number(z.readBigUInt64LE(p)));
    }
    const base = end - length - offset;        // data before the archive proper (self-extractors)
    if (base < 0 || length > 64 << 20) throw new Fail(1432, 'bad central directory position');
    return { count, offset, length, base };
  }
  throw new Fail(1432, 'no end-of-central-directory record');
}

async function readEntries(fh, size) {
  const dir = await findDirectory(fh, size);
  const cd = await readAt(fh, dir.base + dir.offset, dir.length);
  const entries = [];
  let p = 0;
  while (p + 46 <= cd.length && cd.readUInt32LE(p) === 0x02014b50) {
    const [n, x, c] = [28, 30, 32].map((o) => cd.readUInt16LE(p + o));
    if (p + 46 + n + x + c > cd.length) throw new Fail(1432, 'central directory truncated');
    const e = { flags: cd.readUInt16LE(p + 8), method: cd.readUInt16LE(p + 10), crc: cd.readUInt32LE(p + 16),
      packed: cd.readUInt32LE(p + 20), size: cd.readUInt32LE(p + 24), at: cd.readUInt32LE(p + 42),
      name: cd.toString('utf8', p + 46, p + 46 + n) };
    for (let q = p + 46 + n, stop = q + x; q + 4 <= stop; q += 4 + cd.readUInt16LE(q + 2)) {
      if (cd.readUInt16LE(q) !== 1) continue;  // ZIP64 extra field
      let r = q + 4;
      const last = Math.min(stop, r + cd.readUInt16LE(q + 2));
      for (const k of ['size', 'packed', 'at']) {
        if (e[k] === 0xffffffff && r + 8 <= last) { e[k] = Number(cd.readBigUInt64LE(r)); r += 8; }
      }
    }
    e.at += dir.base;
    entries.push(e);
    p += 46 + n + x + c;
  }
  if (entries.length !== dir.count) throw new Fail(1432, 'central directory damaged');
  if (!entries.length) throw new Fail(1432, 'archive is empty');
  return entries;
}

async function readEntry(fh, fileSize, e) {
  if (e.flags & 1) throw new Fail(1432, `${e.name} is encrypted`);
  if (e.at + 30 > fileSize || e.size > 32 << 20 || e.packed > 32 << 20) throw new Fail(1432, `${e.name} cannot be read`);
  const head = await readAt(fh, e.at, 30);
  if (head.readUInt32LE(0) !== 0x04034b50) throw new Fail(1432, `${e.name}: no local header`);
  const raw = await readAt(fh, e.at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28), e.packed);
  if (e.method !== 0 && e.method !== 8) throw new Fail(1432, `${e.name}: compression method ${e.method}`);
  let data;
  try {
    data = e.method === 0 ? raw : await new Promise((ok, no) =>
      zlib.inflateRaw(raw, { maxOutputLength: 32 << 20 }, (err, out) => (err ? no(err) : ok(out))));
  } catch { throw new Fail(1432, `${e.name} cannot be inflated`); }
  if (data.length !== e.size || (zlib.crc32 && zlib.crc32(data) !== e.crc)) throw new Fail(1432, `${e.name} is damaged`);
  return data;
}
const looksLikeXML = (b) => b[0] === 0xfe || b[0] === 0xff || /^(\ufeff)?\s*</.test(b.toString('utf8', 0, 4096));

async function openPackage(tx, file) {
  const type = tx.el.get('package-type'), format = tx.el.get('package-format');
  if (format === 'url') return;                // a resource, not an archive
  const fh = await fs.promises.open(file, 'r');
  try {
    const { size } = await fh.stat();
    if (format === 'xml') {
      if (!looksLikeXML(await readAt(fh, 0, Math.min(size, 4096)))) throw new Fail(1432, 'not an XML document');
      return;
    }
    const entries = await readEntries(fh, size);
    if (type === 'scorm-pif') {
      const manifest = entries.find((e) => e.name === 'imsmanifest.xml');
      if (!manifest) throw new Fail(1432, 'no imsmanifest.xml at the root of the package');
      if (!looksLikeXML(await readEntry(fh, size, manifest))) throw new Fail(1432, 'imsmanifest.xml is not an XML document');
    }
  } catch (e) { throw e instanceof Fail ? e : new Fail(1432, 'package cannot be read'); } finally { await fh.close(); }
}

// ---------------------------------------------------------------- receipt and alerts
const enc = (s) => encodeURIComponent(s.isWellFormed && !s.isWellFormed() ? s.toWellFormed() : s)
  .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

async function callback(target, command, tx, code, text, data = '') {   // true when delivered
  if (!target) return true;
  const pairs = [['command', command], ['pens-version', VERSION]];
  for (const name of ['package-type', 'package-type-version', 'package-format', 'package-id', 'package-url', 'package-url-expiry']) {
    pairs.push([name, tx.el.get(name)]);
  }
  pairs.push(['client', CLIENT], ['error', String(code)], ['error-text', text]);
  if (data) pairs.push(['pens-data', data]);
  let url = new URL(target.url);
  url.hash = '';
  const own = url.search.replace(/^\?/, '').replace(/&$/, '');
  url.search = (own ? `${own}&` : '') + pairs.map(([k, v]) => `${k}=${enc(v)}`).join('&');
  const { signal, clear } = deadline(T_CALLBACK);
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const res = await get(url, {}, signal);
      if (isRedirect(res) && res.headers.location) {
        res.on('error', () => {}).destroy();
        url = new URL(res.headers.location, url);
        if (!/^https?:$/.test(url.protocol)) return false;
        continue;
      }
      let seen = 0;
      for await (const chunk of res) if ((seen += chunk.length) > 65536) break;
      return res.statusCode >= 200 && res.statusCode < 300;
    }
    return false;
  } catch { return false; } finally { clear(); }
}
let serial = 0;
const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'pens-target-'));

async function process_(tx) {
  const file = path.join(tmp, `package-${++serial}`);
  const fault = (e) => { const f = e instanceof Fail ? e : new Fail(1301, 'internal error'); return [f.code, describe(f.code, f.message), f.message]; };
  const receipt = (...args) => callback(tx.receipt, 'receipt', tx, ...args);
  const alert = (...args) => callback(tx.alerts, 'alert', tx, ...args);
  try {
    try {
      await retrieve(tx, file);
      if (!tx.alerts) await openPackage(tx, file);
    } catch (e) { await receipt(...fault(e)); return; }
    if (!await receipt(0, 'package successfully collected')) await alert(1500, describe(1500, 'receipt not delivered'));
    if (!tx.alerts) return;
    try { await openPackage(tx, file); } catch (e) { await alert(...fault(e)); return; }
    await alert(0, 'package successfully opened');
    await sleep(10);                           // cataloguing would be here
    await alert(0, 'package successfully deployed');
  } finally { await fs.promises.rm(file, { force: true }).catch(() => {}); }
}

// ---------------------------------------------------------------- server
const server = http.createServer({ maxHeaderSize: MAX_HEADER, headersTimeout: 15_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 }, (req, res) => {
  req.on('error', () => {});
  res.on('error', () => {});
  const mark = req.url.indexOf('?');
  const where = mark < 0 ? req.url : req.url.slice(0, mark);
  const query = mark < 0 ? '' : req.url.slice(mark + 1);
  if (where !== PATH) { req.resume(); return answer(res, tableA2(404, 'no PENS target here'), 404); }
  if (req.method === 'GET') { req.resume(); return handleMessage(res, query); }
  if (req.method !== 'POST') { req.resume(); return answer(res, tableA2(405, 'use GET or POST'), 405, { Allow: 'GET, POST' }); }
  const type = (req.headers['content-type'] || 'application/x-www-form-urlencoded').split(';')[0].trim().toLowerCase();
  const chunks = [];
  let size = 0;
  req.on('data', (chunk) => { if ((size += chunk.length) <= MAX_MESSAGE) chunks.push(chunk); else chunks.length = 0; });
  req.on('end', () => {
    if (size > MAX_MESSAGE) return answer(res, tableA2(413, 'PENS message too large'), 200, { Connection: 'close' });
    if (size && type !== 'application/x-www-form-urlencoded') return answer(res, tableA2(1101, describe(1101, 'media type not application/x-www-form-urlencoded')));
    const body = Buffer.concat(chunks).toString('utf8').replace(/[\r\n]+$/, '');
    handleMessage(res, body || query);
  });
});
server.on('clientError', (e, socket) => {
  if (!socket.writable) return socket.destroy();
  const [status, body] = e.code === 'HPE_HEADER_OVERFLOW' ? ['414 URI Too Long', tableA2(414, 'request URI too long')]
    : ['400 Bad Request', tableA2(1101, TEXT[1101])];
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
});

const quit = (code) => { try { fs.rmSync(tmp, { recursive: true, force: true }); } catch { /* nothing to do */ } process.exit(code); };
process.on('SIGTERM', () => quit(0)).on('SIGINT', () => quit(0));
process.on('unhandledRejection', () => {}).on('uncaughtException', () => { if (!server.listening) quit(1); });
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening on http://127.0.0.1:${server.address().port}${PATH}\n`));
