import { describe, expect, it } from 'vitest';
import type { Schema } from '@/api';
import { type Evidence, lastAnswered, missingForApproval, nextStep } from './verdict';

const consent = (key: string, accepted = true, at = '2026-01-01T00:00:00Z') => ({ key, accepted, at, version: 1, locale: 'en', text_sha256: '' });
const step = (position: number, kind: Schema<'StepKind'>, state: Schema<'StepState'> = 'passed', required = true) => ({ position, kind, state, required, attempts: 1 });
const recording = (state: Schema<'RecordingState'>) => ({ id: state, participant: 'customer' as const, part: 1, state, offset_ms: 0, url: '' });

const complete = (): Evidence => ({
  identification: { consents: [consent('process'), consent('recording')], document_type: 'passport', form: { version: 2, confirmed_version: 2, data: {} } },
  call: { state: 'ended', steps: [step(1, 'document_front'), step(2, 'code'), step(3, 'face_up', 'skipped', false)], recordings: [recording('complete')] },
  definition: { consents: ['process', 'recording'], form: [{ key: 'full_name', type: 'text', label: { en: 'Name' }, required: true, max_length: 200, past: false, min_age: 0 }] },
});

describe('missingForApproval', () => {
  it('finds nothing when everything is there', () => {
    expect(missingForApproval(complete())).toEqual([]);
  });
  it('wants every consent, and goes by the newest decision', () => {
    const e = complete();
    e.identification.consents = [consent('recording', false, '2026-01-02T00:00:00Z'), consent('recording')];
    expect(missingForApproval(e)).toEqual([{ what: 'consent', key: 'process' }, { what: 'consent', key: 'recording' }]);
  });
  it('wants document and the confirmed newest form', () => {
    const e = complete();
    e.identification.document_type = '';
    e.identification.form = { version: 3, confirmed_version: 2, data: {} };
    expect(missingForApproval(e).map((m) => m.what)).toEqual(['document', 'form']);
  });
  it('asks for no form where the scenario has none', () => {
    const e = complete();
    e.identification.form = undefined;
    e.definition = { consents: ['recording'], form: [] };
    expect(missingForApproval(e)).toEqual([]);
  });
  it('names each required step that has not passed, the code among them', () => {
    const e = complete();
    e.call!.steps = [step(1, 'document_front', 'failed'), step(2, 'code', 'pending'), step(3, 'face_up', 'pending', false)];
    expect(missingForApproval(e)).toEqual([{ what: 'step', kind: 'document_front' }, { what: 'step', kind: 'code' }]);
  });
  it('wants a call and, once it is over, a sealed recording of every part', () => {
    const e = complete();
    expect(missingForApproval({ ...e, call: undefined })).toEqual([{ what: 'call' }]);
    e.call!.recordings = [recording('complete'), recording('open')];
    expect(missingForApproval(e)).toEqual([{ what: 'recording' }]);
    e.call!.recordings = [];
    expect(missingForApproval(e)).toEqual([{ what: 'recording' }]);
  });
  it('takes an open recording while the call goes on, but not a failed one', () => {
    const e = complete();
    e.call!.state = 'active';
    e.call!.recordings = [recording('open')];
    expect(missingForApproval(e)).toEqual([]);
    e.call!.recordings = [recording('failed')];
    expect(missingForApproval(e)).toEqual([{ what: 'recording' }]);
  });
});

describe('lastAnswered', () => {
  it('leaves out calls that nobody answered', () => {
    const calls = [{ id: 1, answered_at: 'x' }, { id: 2, answered_at: 'y' }, { id: 3 }];
    expect(lastAnswered(calls)).toBe(calls[1]);
    expect(lastAnswered([{}])).toBeUndefined();
  });
});

describe('nextStep', () => {
  it('goes on, then back to what was left', () => {
    expect(nextStep([step(1, 'face_up', 'failed'), step(2, 'code'), step(3, 'face_left', 'pending')], 2)).toBe(3);
    expect(nextStep([step(1, 'face_up', 'failed'), step(2, 'code'), step(3, 'face_left')], 3)).toBe(1);
    expect(nextStep([step(1, 'face_up'), step(2, 'code')], 2)).toBeUndefined();
    expect(nextStep([step(1, 'face_up', 'failed'), step(2, 'code')], 1)).toBe(1);
  });
});
