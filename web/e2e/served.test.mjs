// What pages load, and what the README says: the running programs have all of it in them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { up } from './system.mjs';

const KINDS = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json' };
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What a page of ours names: scripts and styles. */
async function loads(path) {
  const answer = await fetch(up.gate + path, { headers: { accept: 'text/html', 'accept-language': 'en' } });
  assert.equal(answer.status, 200, path);
  assert.match(answer.headers.get('content-type'), /^text\/html/, path);
  const policy = answer.headers.get('content-security-policy') ?? '';
  assert.ok(policy && !policy.includes('unsafe'), `${path}: ${policy}`);
  const html = await answer.text();
  return [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((found) => found[1].replaceAll('&amp;', '&'));
}

test('check 38: every page and every file that it loads comes out of the programs, packed, and once', async () => {
  const pages = ['/', '/search?token=a', '/account/sign-in', '/ticket/accept', '/console', '/docs', `/queue/${up.rooms.arena}`];
  const files = new Set((await Promise.all(pages.map(loads))).flat());
  const names = JSON.parse(readFileSync(here('../snapshot/manifest.json'), 'utf8'));
  for (const file of Object.values(names)) files.add(`/assets/web/${file}`);
  assert.ok(files.size >= 10, [...files].join(' '));
  for (const path of files) {
    const asked = { 'accept-encoding': 'br, gzip' };
    const answer = await fetch(up.gate + path, { headers: asked });
    const body = await answer.text();
    assert.equal(answer.status, 200, path);
    const ending = path.split('?')[0].split('.').pop();
    assert.equal(answer.headers.get('content-type'), KINDS[ending], path);
    assert.ok(body.length > 0, path);
    if (!path.startsWith('/assets/web/')) continue;
    assert.equal(answer.headers.get('content-encoding'), 'br', path);
    assert.match(answer.headers.get('cache-control'), /immutable/, path);
    const tag = answer.headers.get('etag');
    const again = await fetch(up.gate + path, { headers: { ...asked, 'if-none-match': tag } });
    assert.equal(again.status, 304, path);
    // Whoever packs nothing reads the same.
    const plain = await fetch(up.gate + path, { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null, path);
    assert.equal(await plain.text(), body, path);
  }
});

test('check 40: every curl of the README runs', () => {
  const readme = readFileSync(here('../../README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((found) => found[1]);
  const curls = blocks.flatMap((block) => block.split('\n')).filter((line) => line.startsWith('curl '));
  assert.ok(curls.length > 0);
  for (const line of curls) {
    const said = execFileSync('bash', ['-c', `${line.replaceAll('http://127.0.0.1:8080', up.gate)} --fail`], { encoding: 'utf8' });
    assert.ok(Array.isArray(JSON.parse(said).events), line);
  }
});
