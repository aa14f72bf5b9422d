import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import english from '@/locales/en/phone.json';

const rows = [...readFileSync('../simulator/scenarios.go', 'utf8').matchAll(/\{Suffix: "[^"]+", Name: "([^"]+)"(.*)\},/g)].map(([, name, rest]) => ({
  name: name!,
  sms: rest!.includes('SMS: "'),
  call: rest!.includes('Call: "'),
  push: /Push: "(\D[^"]*)"/.test(rest!), // an HTTP status is shown as it is
}));

// The other languages have what English has: see i18n.test.ts.
it('has words for every row of the simulator\'s table', () => {
  expect(rows.length).toBeGreaterThan(40);
  const { name, sms, call, push } = english.endings;
  expect(rows.filter((row) => !(row.name in name)), 'names').toEqual([]);
  expect(rows.filter((row) => row.sms && !(row.name in sms)), 'SMS').toEqual([]);
  expect(rows.filter((row) => row.call && !(row.name in call)), 'calls').toEqual([]);
  expect(rows.filter((row) => row.push && !(row.name in push)), 'pushes').toEqual([]);
});
