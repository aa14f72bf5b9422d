import { describe, expect, it } from 'vitest';
import { readRows } from './rows';

const id = '0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90';
const rows = (text: string) => (readRows(text) as { rows: unknown[] }).rows;
const problem = (text: string) => (readRows(text) as { problem: unknown }).problem;

describe('readRows', () => {
  it('reads CSV with a heading: the customer, and placeholders by their names', () => {
    expect(rows('\uFEFFreference;name;Amount\r\nC-1;"Nguyễn ""An""; Jr";12\r\n\r\nC-2;;\r\n')).toEqual([
      { customer_reference: 'C-1', params: { name: 'Nguyễn "An"; Jr', Amount: '12' } },
      { customer_reference: 'C-2' },
    ]);
  });
  it('reads plain lines by what they look like', () => {
    expect(rows(`${id}\n+84 90 123 4567\nC-1`)).toEqual([{ customer_id: id }, { phone: '+84 90 123 4567' }, { customer_reference: 'C-1' }]);
  });
  it('keeps a line break inside quotes, and the right line number after it', () => {
    expect(rows('phone,note\n+84901234567,"a\nb"')).toEqual([{ phone: '+84901234567', params: { note: 'a\nb' } }]);
    expect(problem('phone,note\n+84901234567,"a\nb"\n,x')).toEqual({ why: 'noCustomer', at: 4 });
  });
  it('reads JSON: objects, texts, or the body of the API', () => {
    expect(rows(`[{"customer_id":"${id}","params":{"n":5}},"C-1"]`)).toEqual([{ customer_id: id, params: { n: '5' } }, { customer_reference: 'C-1' }]);
    expect(rows('{"recipients":[{"reference":"C-9"}]}')).toEqual([{ customer_reference: 'C-9' }]);
  });
  it('says what is wrong and where', () => {
    expect(problem(' ')).toEqual({ why: 'empty' });
    expect(problem('reference\n')).toEqual({ why: 'empty' });
    expect(problem('[{"name":"An"}]')).toEqual({ why: 'noCustomer', at: 1 });
    expect(problem('[1')).toEqual({ why: 'json' });
    expect(problem('[[1]]')).toEqual({ why: 'json', at: 1 });
    expect(problem('phone\n"+84')).toEqual({ why: 'quote' });
    expect(problem('phone,name\n+84901234567,An,more')).toEqual({ why: 'columns', at: 2 });
    expect(problem('customer_id\nnot-an-id')).toEqual({ why: 'noCustomer', at: 2 });
    expect(problem(Array.from({ length: 1001 }, (_, i) => `C-${i}`).join('\n'))).toEqual({ why: 'tooMany', at: 1001 });
    expect(rows(Array.from({ length: 1000 }, (_, i) => `C-${i}`).join('\n'))).toHaveLength(1000);
  });
});
