import { describe, expect, it } from 'vitest';
import { unknownPlaceholders } from './texts';

describe('unknownPlaceholders', () => {
  it('lets what is allowed stand', () => expect(unknownPlaceholders('{bank}: on {date} at {date}.', ['bank', 'date'])).toEqual([]));
  it('names what is not, once', () => expect(unknownPlaceholders('{nobody} {nobody} {}', ['bank'])).toEqual(['{nobody}', '{}']));
  it('finds braces that were not closed or opened', () => expect(unknownPlaceholders('{bank} on {date at time} {', ['bank', 'date', 'time'])).toEqual(['{date', 'time}', '{']));
});
