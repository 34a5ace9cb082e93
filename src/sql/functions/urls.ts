import { STRING } from '../../core/types.ts';
import type { Expression } from '../expression.ts';
import type { CallSite, FunctionSpec } from '../function-spec.ts';
import { takes } from '../function-spec.ts';
import * as url from '../url.ts';

const parsing = (attempt: boolean): ((site: CallSite) => Expression) =>
  takes(
    [STRING, STRING, STRING],
    STRING,
    (text: string, part: string, key: string | null = null) => url.partOf(text, part, key, attempt),
    { optional: 1 },
  );

const family = 'strings';

export const URLS: readonly FunctionSpec[] = [
  {
    name: 'parse_url',
    family,
    signature: 'parse_url(url string, part string [, key string]) -> string',
    summary: 'HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO of a URL, or one key of its QUERY',
    build: parsing(false),
  },
  {
    name: 'try_parse_url',
    family,
    signature: 'try_parse_url(url string, part string [, key string]) -> string',
    summary: 'parse_url, null where the text is no URL',
    build: parsing(true),
  },
  {
    name: 'url_encode',
    family,
    signature: 'url_encode(text string) -> string',
    summary: 'the text as it stands in a query of a URL',
    build: takes([STRING], STRING, url.encode),
  },
  {
    name: 'url_decode',
    family,
    signature: 'url_decode(text string) -> string',
    summary: 'the text that url_encode was given',
    build: takes([STRING], STRING, (text: string) => url.decode(text, false)),
  },
  {
    name: 'try_url_decode',
    family,
    signature: 'try_url_decode(text string) -> string',
    summary: 'url_decode, null where the text is not encoded so',
    build: takes([STRING], STRING, (text: string) => url.decode(text, true)),
  },
];
