/** What a route answers with. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export const json = (value: unknown, status = 200): Answer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
  headers: {},
});

export const redirect = (location: string): Answer => ({
  status: 302,
  contentType: 'text/plain; charset=utf-8',
  body: '',
  headers: { location },
});
