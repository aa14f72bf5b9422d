import { describe, expect, it } from 'vitest';
import { difference, unknownPlaceholders } from './texts';

describe('unknownPlaceholders', () => {
  it('lets what is allowed stand', () => expect(unknownPlaceholders('{bank}: on {date} at {date}.', ['bank', 'date'])).toEqual([]));
  it('names what is not, once', () => expect(unknownPlaceholders('{nobody} {nobody} {}', ['bank'])).toEqual(['{nobody}', '{}']));
  it('finds braces that were not closed or opened', () => expect(unknownPlaceholders('{bank} on {date at time} {', ['bank', 'date', 'time'])).toEqual(['{date', 'time}', '{']));
});

describe('difference', () => {
  const shown = (before: string, after: string) => difference(before, after).map((p) => ({ same: p.text, gone: `[-${p.text}]`, new: `[+${p.text}]` })[p.kind]).join('');
  it('shows what went and what came', () => expect(shown('{bank}: code {code}.', '{bank}: your code {code}!')).toBe('{bank}: [+your ]code {code}[-.][+!]'));
  it('goes by character where there are no spaces', () => expect(shown('验证码', '验证号')).toBe('验证[-码][+号]'));
  it('is all new beside nothing', () => expect(shown('', 'a b')).toBe('[+a b]'));
  it('loses nothing', () => {
    const pieces = difference('a b  c {code}', 'x b {link} c');
    expect(pieces.filter((p) => p.kind !== 'new').map((p) => p.text).join('')).toBe('a b  c {code}');
    expect(pieces.filter((p) => p.kind !== 'gone').map((p) => p.text).join('')).toBe('x b {link} c');
  });
});
