import { describe, expect, it } from 'vitest';
import { partsOf } from './smsText';

const codes = (body: string) => partsOf(body).flatMap((p) => (p.kind === 'code' ? [p.digits] : []));
const links = (body: string) => partsOf(body).flatMap((p) => (p.kind === 'link' ? [p.href] : []));

describe('partsOf', () => {
  it('finds the code of our texts', () => {
    expect(codes('Demo Bank: your code is 204817, valid for 5 minutes. Do not tell it to anyone!')).toEqual(['204817']);
    expect(codes('【Demo Bank】验证码 204817，5 分钟内有效。')).toEqual(['204817']);
    expect(codes('您的验证码为204817有效')).toEqual(['204817']); // Chinese has no spaces
  });
  it('finds it in Persian digits and between marks of direction', () => {
    expect(codes('کد شما \u2066204817\u2069، معتبر تا ۵ دقیقه')).toEqual(['204817']);
    expect(codes('کد شما ۲۰۴۸۱۷ است')).toEqual(['204817']);
  });
  it('takes no year, phone number, price, date, time or word for a code', () => {
    expect(codes('22 November 2026, 14:30. Call +84901234567 or 0901234567.')).toEqual([]);
    expect(codes('Paid 1.250000,50 on 2026-112233 ref AB123456 123456X')).toEqual([]);
  });
  it('leaves the digits of a link alone', () => {
    expect(codes('https://bank.example/visit/123456')).toEqual([]);
    expect(codes('https://bank.example/a 654321')).toEqual(['654321']);
  });
  it('ends a link before white space, marks of direction and closing signs', () => {
    expect(links('Answer: https://bank.example/visit/a-b_c.')).toEqual(['https://bank.example/visit/a-b_c']);
    expect(links('(http://127.0.0.1:8080/visit/x?y=1), and https://b.example/z!')).toEqual(['http://127.0.0.1:8080/visit/x?y=1', 'https://b.example/z']);
    expect(links('پاسخ: \u2066https://bank.example/visit/abc \u2069')).toEqual(['https://bank.example/visit/abc']);
    expect(links('javascript:alert(1) ftp://x.example https://')).toEqual([]);
  });
  it('loses nothing', () => {
    const body = 'A 123456 b https://bank.example/visit/x, c\nd 654321';
    expect(partsOf(body).map((p) => p.text).join('')).toBe(body);
  });
});
