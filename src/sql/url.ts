import { fail } from './failure.ts';

/** The text as application/x-www-form-urlencoded. */
export const encode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'))
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

/** The text of a form-encoded one. Throws CANNOT_DECODE_URL, or gives null with `attempt`. */
export function decode(text: string, attempt: boolean): string | null {
  if (/%(?![0-9a-fA-F]{2})/.test(text))
    return attempt ? null : fail('CANNOT_DECODE_URL', `'${text}' is not URL-encoded; use try_url_decode`);
  const plain = text.replaceAll('+', ' ');
  return plain.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
}

const URL_TEXT = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;
/** Characters that stand in no URL, and a % without two digits. */
const FORBIDDEN = /[\p{Cc}\p{Z}"<>\\^`{|}]|%(?![0-9a-fA-F]{2})/u;
/** A name whose last part begins with a letter, or an address. */
const HOST =
  /^(?:\[[0-9a-fA-F:.]+\]|\d{1,3}(?:\.\d{1,3}){3}|(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?)$/;
const AUTHORITY = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:]+)(?::\d*)?$/;

/** A part of a URL, null when it has none or the part has no such name. Throws INVALID_URL, or gives null with `attempt`. */
export function partOf(text: string, part: string, key: string | null, attempt: boolean): string | null {
  const match = FORBIDDEN.test(text) ? null : URL_TEXT.exec(text);
  const opaque = match !== null && match[1] !== undefined && match[2] === undefined && !match[3].startsWith('/');
  if (match === null || (opaque && match[3] === '') || isEmptyOrHasColon(match)) {
    return attempt ? null : fail('INVALID_URL', `'${text}' is not a URL; use try_parse_url to get null instead`);
  }
  const [, protocol, authority, path, query, reference] = match;
  const present = (value: string | undefined): string | null => value ?? null;
  if (key !== null) return part === 'QUERY' && !opaque ? queryValue(query ?? '', key) : null;
  const parts = AUTHORITY.exec(authority ?? '');
  const server = parts !== null && HOST.test(parts[2]) ? parts : null;
  switch (part) {
    case 'PROTOCOL':
      return present(protocol);
    case 'REF':
      return present(reference);
    case 'AUTHORITY':
      return authority === '' ? null : present(authority);
    case 'HOST':
      return present(server?.[2]);
    case 'USERINFO':
      return present(server?.[1]);
    case 'QUERY':
      return opaque ? null : present(query);
    case 'PATH':
      return opaque ? null : path;
    case 'FILE':
      return opaque ? null : query === undefined ? path : `${path}?${query}`;
    default:
      return null;
  }
}

/** True for `http://` with nothing behind it, and for `1a:b`, whose colon ends no protocol. */
const isEmptyOrHasColon = ([, protocol, authority, path]: RegExpExecArray): boolean =>
  (authority === '' && path === '') || (protocol === undefined && authority === undefined && /^[^/]*:/.test(path));

function queryValue(query: string, key: string): string | null {
  const found = query.split('&').find((pair) => pair.startsWith(`${key}=`));
  return found === undefined ? null : found.slice(key.length + 1);
}
