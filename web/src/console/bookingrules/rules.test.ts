import { describe, expect, it } from 'vitest';
import { draftOf, inOrder, offsetOf, onLine, problemsOf, stepOf } from './ladder';
import { type Definition, problemsIn, valuesOf, withValues } from './settings';

const definition = { name: { en: 'Open' }, form: [], consents: [], script: [], document_types: [], settings: { slot_minutes: 20, link_days: 3, queue: { strategy: 'weighted' }, capacity: { daily_cap: 5 } } } as unknown as Definition;

describe('a scenario’s settings', () => {
  it('come back unchanged when nothing was changed, with what the form does not know', () => {
    expect(withValues(definition, valuesOf(definition))).toEqual(definition);
  });
  it('take what was changed to its place', () => {
    const values = valuesOf(definition);
    values.numbers.buffer_after_minutes = 5;
    values.numbers.hold_minutes = 7;
    values.stepUp = true;
    values.needs = [{ id: 'x', name: ' sign_language ', extra_minutes: 15, skill: 'sign' }];
    expect(withValues(definition, values).settings).toEqual({
      slot_minutes: 20, link_days: 3, queue: { strategy: 'weighted' },
      capacity: { daily_cap: 5, buffer_after_minutes: 5, needs: { sign_language: { extra_minutes: 15, skill: 'sign' } } },
      booking: { hold_minutes: 7, step_up: true },
    });
    expect(definition.settings).not.toHaveProperty('booking');
  });
  it('are refused out of bounds, and needs without a name or twice', () => {
    const values = valuesOf(definition);
    expect([...problemsIn(values)]).toEqual([]);
    values.numbers.hold_minutes = 61;
    values.numbers.notice_minutes = '';
    values.numbers.slot_interval_minutes = '';
    values.needs = [{ id: 'a', name: 'x', extra_minutes: 0, skill: 'Sign!' }, { id: 'b', name: '', extra_minutes: 0, skill: '' }];
    expect([...problemsIn(values)].sort()).toEqual(['hold_minutes', 'need.b', 'notice_minutes', 'skill.a']);
  });
});

describe('a ladder', () => {
  const step = (offset_seconds: number, ...channels: ('push' | 'sms' | 'voice')[]) => ({ offset_seconds, channels, always: false });
  it('is edited in the largest unit that fits, and comes back the same', () => {
    for (const s of [step(-86_400, 'push', 'sms'), step(-3600, 'sms'), step(-5400, 'push'), step(0, 'push'), { ...step(600, 'voice'), flow: 'reminder' }]) expect(stepOf(draftOf(s, 'x'))).toEqual(s);
    expect(draftOf(step(-5400, 'push'), 'x')).toMatchObject({ amount: 90, unit: 'minutes', side: 'before' });
    expect(draftOf(step(-172_800, 'push'), 'x')).toMatchObject({ amount: 2, unit: 'days' });
  });
  it('leaves the flow out where nobody is called', () => {
    expect(stepOf({ ...draftOf(step(-60, 'sms'), 'x'), flow: 'reminder' })).toEqual(step(-60, 'sms'));
  });
  it('is put in the order of time', () => {
    expect(inOrder([step(600, 'sms'), step(-600, 'push'), step(-86_400, 'sms')].map((s, i) => draftOf(s, String(i)))).map(offsetOf)).toEqual([-86_400, -600, 600]);
  });
  it('says what is wrong with a step', () => {
    const d = (s: ReturnType<typeof step>, id: string) => draftOf(s, id);
    expect([...problemsOf([d(step(-600, 'sms'), 'a'), d(step(-600, 'push'), 'b')], false)]).toEqual([]);
    expect([...problemsOf([d(step(-600, 'sms'), 'a'), d(step(-600, 'sms', 'push'), 'b'), d(step(-31 * 86_400, 'sms'), 'c'), d(step(2 * 86_400, 'sms'), 'd'), d(step(-60), 'e')], false)]).toEqual([['a', 'twice'], ['b', 'twice'], ['c', 'tooEarly'], ['d', 'tooLate'], ['e', 'channels']]);
    expect([...problemsOf([d(step(-600, 'sms'), 'a'), d(step(2 * 86_400, 'sms'), 'b')], true)]).toEqual([['a', 'before']]);
  });
  it('stands on a line from first to last', () => {
    const at = onLine([-86_400, -3600, 600]);
    expect(at[0]).toBe(0);
    expect(at[2]).toBe(1);
    expect(at[1]! > 0.2 && at[1]! < 0.9).toBe(true);
  });
});
