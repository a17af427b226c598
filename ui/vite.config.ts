import { join, resolve } from 'node:path';

import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

/** SvelteKit's route announcer hides itself by a style attribute; this is the digest of its text. */
const announcer_style = 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo=';

/** Elsewhere for who builds it a second time, below another path say. */
const build_dir = resolve(process.env.UI_BUILD_DIR ?? join(import.meta.dirname, 'build'));

export default defineConfig({
  // The repository has one package.json, at its root, and the build is run from there.
  root: import.meta.dirname,
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: adapter({ out: build_dir }),
      paths: { base: basePathOf(process.env.BASE_PATH), relative: false },
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          'style-src-attr': ['unsafe-hashes', announcer_style],
          'img-src': ['self', 'data:'],
          'font-src': ['self'],
          'connect-src': ['self'],
          'worker-src': ['self'],
          'manifest-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
  ],
  server: { fs: { allow: ['..'] } },
});

/** SvelteKit wants `/ops` or nothing: a leading slash and no trailing one. */
function basePathOf(variable: string | undefined): '' | `/${string}` {
  const path = (variable ?? '').trim().replace(/^\/+|\/+$/g, '');
  return path === '' ? '' : `/${path}`;
}
