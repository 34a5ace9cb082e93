import { readFileSync } from 'node:fs';
import { redirect } from './answer.ts';
import type { Route } from './router.ts';

const PAGE = 'index.html';
const FILES = [PAGE, 'style.css', 'app.js', 'api.js', 'charts.js', 'dom.js', 'format.js', 'panels.js'] as const;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** The page's own files and its API, and nothing from anywhere else. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The progress page; its files are read once, when the server starts. */
export function uiRoutes(): Route[] {
  const files = FILES.map((file) => {
    const answer = {
      status: 200,
      contentType: CONTENT_TYPES[file.slice(file.lastIndexOf('.') + 1)],
      body: readFileSync(new URL(`../ui/${file}`, import.meta.url)),
      headers: { 'content-security-policy': POLICY },
    };
    return { path: file === PAGE ? '/ui' : `/ui/${file}`, handle: () => answer };
  });
  return [{ path: '/', handle: () => redirect('/ui') }, ...files];
}
