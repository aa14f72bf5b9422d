import { describe, expect, it } from 'vitest';
import { Problem } from '@/api';
import { faultOf, faultsFrom, faultsOf, type Field, firstValues, toData } from './formRules';

const field = (type: Field['type'], change: Partial<Field> = {}): Field => ({ key: 'k', type, label: 'L', required: true, options: [], ...change });
const today = '2026-03-02';
const fault = (f: Field, value: string | boolean) => faultOf(f, value, today)?.key;

describe('faultOf', () => {
  it.each([
    [field('text'), '  ', 'required'],
    [field('text', { required: false }), '', undefined],
    [field('text', { max_length: 3 }), 'Nguyễn', 'long'],
    [field('text', { max_length: 3 }), '🙂🙂🙂', undefined],
    [field('text', { pattern: '[A-Z]\\d{3}' }), 'A1234', 'pattern'],
    [field('text', { pattern: '[A-Z]\\d{3}' }), 'A123', undefined],
    [field('text', { pattern: '(?i)x' }), 'y', undefined], // RE2 only: left to the server
    [field('date'), '2026-02-30', 'date'],
    [field('date', { past: true }), '2026-03-03', 'future'],
    [field('date', { past: true }), '1899-12-31', 'tooOld'],
    [field('date', { min_age: 15 }), '2011-03-03', 'age'],
    [field('date', { min_age: 15 }), '2011-03-02', undefined],
    [field('phone'), '0901234567', 'phone'],
    [field('phone'), '+84 90 123-45-67', undefined],
    [field('phone'), '+۹۸۹۱۲۳۴۵۶۷۸۹', undefined],
    [field('number'), '12a', 'number'],
    [field('number'), '۱۲٫۵', undefined],
    [field('checkbox'), false, 'ticked'],
    [field('checkbox', { required: false }), false, undefined],
  ] as const)('%# %o', (f, value, key) => expect(fault(f, value)).toBe(key));
});

describe('the form', () => {
  const fields = [field('text', { key: 'name' }), field('phone', { key: 'phone', required: false }), field('checkbox', { key: 'pep', required: false })];

  it('begins with the draft, else with what was submitted', () => {
    expect(firstValues(fields, { name: 'An', phone: '+84901234567', pep: true }, undefined)).toEqual({ name: 'An', phone: '+84901234567', pep: true });
    expect(firstValues(fields, { name: 'An' }, { name: 'Anh' })).toEqual({ name: 'Anh', phone: '', pep: false });
  });

  it('sends no empty answers, and western digits', () => {
    expect(toData(fields, { name: ' An ', phone: '', pep: false })).toEqual({ name: 'An', pep: false });
    expect(toData(fields, { name: '۱', phone: '+۹۸۹', pep: false })).toEqual({ name: '۱', phone: '+989', pep: false });
  });

  it('names every fault', () => {
    expect(faultsOf(fields, { name: '', phone: '1', pep: false }, today)).toEqual({ name: { key: 'required' }, phone: { key: 'phone' } });
  });

  it("puts the server's refusals to their fields, in words of ours", () => {
    const problem = new Problem('/problems/invalid_form', 'Invalid', 400, '', [
      { field: 'form.name', reason: 'must have at most 120 characters' },
      { field: 'form.phone', reason: 'is odd' },
      { field: 'form.gone', reason: 'is required' },
    ]);
    expect(faultsFrom(problem, fields, { name: 'An', phone: '+84901234567' }, today)).toEqual({ name: { key: 'long', count: 120 }, phone: { key: 'other' } });
  });
});
