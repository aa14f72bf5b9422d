import { expect, it } from 'vitest';
import { columnsOf, fields, guessMapping, headersOf, problemOf } from './columns';

const targets = [...fields, 'amount'];
const some = (m: Record<string, string>) => Object.fromEntries(Object.entries(m).filter(([, v]) => v));

it('reads the first row as it stands, with its separator and a byte order mark', () => {
  expect(headersOf('\uFEFF"Số điện thoại";"Betrag; fällig"; Name \r\n+84901;5;x', 'semicolon')).toEqual(['Số điện thoại', 'Betrag; fällig', 'Name']);
  expect(headersOf('a\tb', 'tab')).toEqual(['a', 'b']);
});

it('knows columns by what was chosen last time, by their names, and by what banks call them', () => {
  expect(some(guessMapping(['Телефон', 'Мова', 'Amount', 'x'], targets, {}))).toEqual({ phone: 'Телефон', locale: 'Мова', amount: 'Amount' });
  expect(some(guessMapping(['phone', 'Mobile 2'], targets, { phone: 'mobile 2' }))).toEqual({ phone: 'Mobile 2' });
  // One column is one thing.
  expect(some(guessMapping(['phone', 'Mobile'], targets, {}))).toEqual({ phone: 'phone' });
});

it('says why a list cannot be read', () => {
  const none = guessMapping(['x'], targets, {});
  expect(problemOf(none, [])).toBe('nobody');
  expect(problemOf({ ...none, phone: 'x', reference: 'x' }, [])).toBe('twice');
  expect(problemOf({ ...none, phone: 'x' }, ['amount'])).toBe('needs');
  expect(problemOf({ ...none, customer_reference: 'x', amount: 'y' }, ['amount'])).toBeUndefined();
});

it('maps only what is not found by its name, and a name that means another column', () => {
  expect(columnsOf({ phone: 'Phone', amount: 'Amount due', locale: '' }, ['Phone', 'Amount due'])).toEqual({ amount: 'Amount due' });
  expect(columnsOf({ phone: 'Số điện thoại' }, ['Số điện thoại'])).toEqual({ phone: 'Số điện thoại' });
  expect(columnsOf({ phone: 'phone' }, ['phone', 'PHONE'])).toEqual({ phone: 'phone' });
});
