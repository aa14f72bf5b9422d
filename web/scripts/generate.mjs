// Writes src/api/schema.d.ts from httpapi/openapi.yaml, the API's one contract.
// With --check it writes nothing and fails when the committed file differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const contract = new URL('../../httpapi/openapi.yaml', import.meta.url);
const output = new URL('../src/api/schema.d.ts', import.meta.url);

if (!existsSync(contract)) {
  console.error(`generate: ${fileURLToPath(contract)} does not exist`);
  process.exit(1);
}
const header = '// Generated from httpapi/openapi.yaml by `npm run generate`. Do not edit.\n\n';
const text = header + astToString(await openapiTS(contract, { alphabetize: true, silent: true }));
if (process.argv.includes('--check')) {
  if (!existsSync(output) || readFileSync(output, 'utf8') !== text) {
    console.error('generate: src/api/schema.d.ts is not what httpapi/openapi.yaml gives; run `npm run generate`');
    process.exit(1);
  }
} else {
  writeFileSync(output, text);
}
