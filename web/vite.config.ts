import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const gateway = process.env.VISAVIS_PUBLIC_URL ?? 'http://127.0.0.1:8080';

/** In development, answers the product's paths with the page that httpapi would send. */
function pages(): Plugin {
  return {
    name: 'visavis-pages',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const page = /^\/(console|visit|phone)(?:[/?]|$)/.exec(request.url ?? '');
        if (page) request.url = `/${page[1]}.html`;
        next();
      });
    },
  };
}

export default defineConfig({
  base: '/',
  plugins: [react(), pages()],
  resolve: { alias: { '@': here('./src') } },
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/simulator', '/openapi.yaml', '/docs'].map((path) => [path, { target: gateway, ws: true }]),
    ),
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0, // no data: URLs, so that the policy need not allow them for styles and fonts
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: { console: here('./console.html'), visit: here('./visit.html'), phone: here('./phone.html'), sw: here('./src/push/sw.ts') },
      // The service worker stands at the root, under a name that stays.
      output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000, // both for a small machine that does other things beside
    environment: 'jsdom',
    setupFiles: ['./src/shared/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    css: { modules: { classNameStrategy: 'non-scoped' } },
    restoreMocks: true,
  },
});
