import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttpServer } from '../../../src/service/http/server.ts';
import type { HttpServer } from '../../../src/service/http/server.ts';

const FOLDER = new URL('../../../src/service/ui/', import.meta.url);
const files = readdirSync(FOLDER);
const text = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    portTaken: 'fail',
    token: null,
    topologies: () => [],
    metrics: { contentType: 'text/plain', render: () => Promise.resolve('') },
    version: {},
    onError: () => {},
  });
});
afterAll(() => server.close(0));

const get = (path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { redirect: 'manual', headers: { connection: 'close' } });

describe('the page', () => {
  test('is where people land', async () => {
    const response = await get('/');
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/ui');
  });

  test('may load its own files and nothing else', async () => {
    const response = await get('/ui');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(await response.text()).toBe(text('index.html'));
  });

  test.each(files)('%s is served as what it is', async (file) => {
    const response = await get(file === 'index.html' ? '/ui' : `/ui/${file}`);
    expect(response.status).toBe(200);
    const types: Record<string, string> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };
    expect(response.headers.get('content-type')).toContain(types[file.split('.').at(-1) ?? '']);
  });

  test.each(files)('%s names no other host', (file) => {
    const urls = text(file).match(/(https?:)?\/\/[\w.-]+\.\w+/g) ?? [];
    // The name of a vocabulary, which nothing loads.
    expect(urls.filter((url) => url !== 'http://www.w3.org')).toEqual([]);
  });

  test('has every element that its script asks for', () => {
    const ids = [...text('app.js').matchAll(/byId\('([^']+)'\)/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(10);
    for (const id of new Set(ids)) expect(text('index.html'), id).toContain(`id="${id}"`);
  });

  test.each(files.filter((file) => file.endsWith('.js')))('%s imports only what is there', (file) => {
    for (const [, name] of text(file).matchAll(/from '\.\/([^']+)'/g)) expect(files).toContain(name);
  });
});
