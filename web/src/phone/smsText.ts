import { digitsOf } from '@/shared/components/CodeInput';

/** A stretch of an SMS: words, an address to open, or a code to copy. */
export type Part = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string } | { kind: 'code'; text: string; digits: string };

// Invisible marks that set the direction end an address, as white space does.
const address = /https?:\/\/[^\s<>"\u2066-\u2069\u200e\u200f]+/giu;
const trailing = /[.,;:!?)\]}»”’…。，；：！？）】]+$/u;

// 6 to 8 digits in any script that stand alone: no part of a phone number,
// price, time or longer word (Chinese has no spaces, so its words may touch
// it). Fewer would catch years.
const code = /(?<!(?!\p{Script=Han})\p{L}|[\p{Nd}+])(?<!\p{Nd}[.,:/ -])\p{Nd}{6,8}(?!(?!\p{Script=Han})\p{L}|\p{Nd})(?![.,:/ -]\p{Nd})/gu;

function words(text: string, out: Part[]) {
  let at = 0;
  for (const match of text.matchAll(code)) {
    if (match.index > at) out.push({ kind: 'text', text: text.slice(at, match.index) });
    out.push({ kind: 'code', text: match[0], digits: digitsOf(match[0]) });
    at = match.index + match[0].length;
  }
  if (at < text.length) out.push({ kind: 'text', text: text.slice(at) });
}

/** Cuts an SMS into what to show; the parts' texts together are the SMS. */
export function partsOf(body: string): Part[] {
  const out: Part[] = [];
  let at = 0;
  for (const match of body.matchAll(address)) {
    const link = match[0].replace(trailing, '');
    if (!URL.canParse(link)) continue;
    words(body.slice(at, match.index), out);
    out.push({ kind: 'link', text: link, href: link });
    at = match.index + link.length;
  }
  words(body.slice(at), out);
  return out;
}
