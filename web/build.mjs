// Builds what the pages load into `snapshot/`, which is committed and part of the programs: whoever has only Rust has the pages.
//   node build.mjs           builds the snapshot
//   node build.mjs --check   builds beside it and fails where the snapshot is another one
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { build } from 'vite';
import { scripts } from './src/console/words/parts.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const snapshot = path.join(root, 'snapshot');
const ENTRIES = {
  event: 'src/event/main.tsx', checkout: 'src/checkout.ts', order: 'src/order.ts', suggest: 'src/suggest/main.ts',
  shop: 'src/style/shop.css', search: 'src/style/search.css', console: 'src/console/main.tsx', desk: 'src/style/desk.css',
};
/** What the result depends on, beside `src`. A test in Rust reads the same list. */
const BESIDE = ['build.mjs', 'package-lock.json', 'package.json', 'tsconfig.json'];

function files(folder, under = folder) {
  return readdirSync(folder).sort().flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? files(file, under) : [path.relative(under, file).replaceAll('\\', '/')];
  });
}

/** SHA-256 over the names and texts of the sources, each with its length before it. */
function stamp() {
  const hash = createHash('sha256');
  const sources = [...BESIDE, ...files(path.join(root, 'src')).map((file) => `src/${file}`)].sort();
  for (const source of sources) {
    const text = readFileSync(path.join(root, source));
    hash.update(`${source}\n${text.length}\n`).update(text);
  }
  return hash.digest('hex');
}

/** The console's words in other languages, each a script of its own beside those that Vite builds; with what pages know them as. */
function catalogs(out) {
  return scripts(path.join(root, 'src/console')).map(({ name, file, text }) => {
    const called = `${file}-${createHash('sha256').update(text).digest('base64url').slice(0, 8)}.js`;
    writeFileSync(path.join(out, called), text);
    return [name, called];
  });
}

async function make(out) {
  await build({
    root, configFile: false, logLevel: 'warn', publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: out, emptyOutDir: true, target: 'es2022', manifest: 'vite.json', modulePreload: false, assetsDir: '.', cssMinify: true,
      reportCompressedSize: false,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, path.join(root, file)])),
        output: { entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js', assetFileNames: '[name]-[hash][extname]' },
      },
    },
  });
  const built = JSON.parse(readFileSync(path.join(out, 'vite.json'), 'utf8'));
  rmSync(path.join(out, 'vite.json'));
  const names = Object.entries(ENTRIES).map(([name, file]) => [`${name}${path.extname(file) === '.css' ? '.css' : '.js'}`, built[file].file]);
  names.push(...catalogs(out));
  for (const file of files(out)) {
    const bytes = readFileSync(path.join(out, file));
    const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(path.join(out, `${file}.br`), zlib.brotliCompressSync(bytes, { params }));
    writeFileSync(path.join(out, `${file}.gz`), zlib.gzipSync(bytes, { level: 9 }));
  }
  writeFileSync(path.join(out, 'manifest.json'), `${JSON.stringify(Object.fromEntries(names), null, 2)}\n`);
  writeFileSync(path.join(out, 'stamp'), `${stamp()}\n`);
}

/** What a file says: two compressors may pack the same bytes differently. */
function meaning(file) {
  const bytes = readFileSync(file);
  if (file.endsWith('.br')) return zlib.brotliDecompressSync(bytes);
  return file.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes;
}

if (process.argv.includes('--check')) {
  const fresh = mkdtempSync(path.join(tmpdir(), 'usher-web-'));
  try {
    await make(fresh);
    const all = [...new Set([...files(fresh), ...(existsSync(snapshot) ? files(snapshot) : [])])];
    const different = all.filter((file) => {
      const [a, b] = [path.join(fresh, file), path.join(snapshot, file)];
      return !existsSync(a) || !existsSync(b) || !meaning(a).equals(meaning(b));
    });
    if (different.length > 0) {
      console.error(`web/snapshot is not what web/src builds (cargo xtask web builds it anew): ${different.join(', ')}`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true });
  }
} else {
  mkdirSync(snapshot, { recursive: true });
  await make(snapshot);
  for (const file of files(snapshot)) console.log(`${String(statSync(path.join(snapshot, file)).size).padStart(7)} ${file}`);
}
